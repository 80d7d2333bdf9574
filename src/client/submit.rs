//! `claimdesk submit`: an article in, its claims out.

use std::path::PathBuf;

use super::{
    article_input::{self, About},
    error::Error,
    name,
    output::{Output, say},
    session::{Connection, article_service, request_id},
    value::counted,
};
use crate::proto::v1;

/// The options of `claimdesk submit`.
#[derive(Debug, clap::Args)]
pub struct Submit {
    /// The article's text, UTF-8; - is standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Leave claims out whose check is worth less than this, from 0 to 1.
    #[arg(long, value_name = "SCORE", value_parser = article_input::score, default_value = "0")]
    min_check_worthiness: f64,
    /// Makes a retry by you safe: the same id with the same article gets the first answer. New for each call where
    /// absent.
    #[arg(long, value_name = "ID")]
    request_id: Option<String>,
    /// Check everything and answer as if it had been stored, but store nothing.
    #[arg(long)]
    validate_only: bool,
    #[command(flatten)]
    about: About,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    output: Output,
}

impl Submit {
    pub(super) fn run(&self) -> Result<(), Error> {
        let session = self.connection.open()?;
        let article = self.about.article(article_input::read_text(&self.file)?);
        let request = v1::SubmitArticleRequest {
            article: Some(v1::Article {
                text: article.text,
                uri: article.uri,
                publisher: article.publisher,
                title: article.title,
                authors: article.authors,
                publish_date: article.publish_date.map(|date| date.to_string()).unwrap_or_default(),
                language: article.language.unwrap_or_default(),
                content_type: self.about.content_type().as_str().to_owned(),
                ..v1::Article::default()
            }),
            request_id: request_id(self.request_id.as_ref()),
            validate_only: self.validate_only,
            min_check_worthiness: self.min_check_worthiness,
        };
        let answer = session
            .call(request, async |channel, request| article_service(channel).submit_article(request).await)?;
        self.output.printer().answer(&answer)?;
        say(&summary(&answer, self.validate_only));
        Ok(())
    }
}

fn summary(answer: &v1::SubmitArticleResponse, validate_only: bool) -> String {
    let count = counted(answer.claims.len() as u64, "claim");
    let article = answer.article.as_ref().map(|article| article.name.as_str()).unwrap_or_default();
    if validate_only {
        return format!("The article would be stored with {count}. Nothing was stored.");
    }
    let short = name::last(article);
    let previous = answer.article.as_ref().map(|article| article.previous_version.as_str());
    let replaced = match previous.filter(|previous| !previous.is_empty() && answer.created) {
        Some(previous) => {
            let kept = answer.claims.iter().filter(|claim| claim.review_count > 0).count();
            format!(" It takes the place of {previous}; {kept} of them keep their reviews.")
        }
        None => String::new(),
    };
    match (answer.created, answer.claims.is_empty()) {
        (true, true) => format!("Stored {article} with {count}.{replaced}"),
        (true, false) => {
            format!(
                "Stored {article} with {count}.{replaced} Go on with: claimdesk articles get {short} --highlight"
            )
        }
        (false, _) => format!("{article} was stored before, with {count}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_became_of_the_article() {
        let answer = |created, claims| v1::SubmitArticleResponse {
            article: Some(v1::Article { name: "articles/k3f".to_owned(), ..v1::Article::default() }),
            claims: vec![v1::Claim::default(); claims],
            created,
        };
        assert_eq!(
            summary(&answer(true, 2), false),
            "Stored articles/k3f with 2 claims. Go on with: claimdesk articles get k3f --highlight"
        );
        assert_eq!(summary(&answer(false, 1), false), "articles/k3f was stored before, with 1 claim.");
        assert_eq!(
            summary(&answer(true, 0), true),
            "The article would be stored with no claims. Nothing was stored."
        );
    }
}
