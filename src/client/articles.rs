//! `claimdesk articles`: list, show and delete articles.

use std::fmt::Write as _;

use super::{
    EXIT_CODES, claims,
    error::Error,
    highlight,
    name::ArticleName,
    output::{Format, Output, say},
    paging::Paging,
    session::{Connection, article_service, request_id},
    value::{clean, moment, printable},
};
use crate::proto::v1;

/// The commands of `claimdesk articles`.
#[derive(Debug, clap::Subcommand)]
pub enum Articles {
    /// List articles, the newest first.
    #[command(after_help = EXIT_CODES)]
    List(Box<List>),
    /// Show one article.
    #[command(after_help = EXIT_CODES)]
    Get(Box<Get>),
    /// Delete an article with its claims and reviews.
    #[command(after_help = EXIT_CODES)]
    Delete(Box<Delete>),
}

/// The options of `claimdesk articles list`.
#[derive(Debug, clap::Args)]
pub struct List {
    /// Only articles that fit, in the filter language of AIP-160, such as: publisher = "APA" AND publish_date >= "2024-06"
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
    /// create_time or publish_date, with " desc" behind it for the reverse.
    #[arg(long, value_name = "FIELD")]
    order_by: Option<String>,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    output: Output,
}

/// The options of `claimdesk articles get`.
#[derive(Debug, clap::Args)]
pub struct Get {
    /// The article, such as k3f or articles/k3f.
    article: ArticleName,
    /// Show the claims in the text, each in the colour of its state; in brackets where there are no colours.
    #[arg(long)]
    highlight: bool,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    output: Output,
}

/// The options of `claimdesk articles delete`.
#[derive(Debug, clap::Args)]
pub struct Delete {
    /// The article, such as k3f or articles/k3f.
    article: ArticleName,
    /// Delete it even if claims of it have been reviewed.
    #[arg(long)]
    force: bool,
    /// Delete it only if this is still its etag.
    #[arg(long)]
    etag: Option<String>,
    /// Makes a retry by you safe.
    #[arg(long, value_name = "ID")]
    request_id: Option<String>,
    /// Check everything, but delete nothing.
    #[arg(long)]
    validate_only: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Articles {
    pub(super) fn run(&self) -> Result<(), Error> {
        match self {
            Self::List(list) => list.run(),
            Self::Get(get) => get.run(),
            Self::Delete(delete) => delete.run(),
        }
    }
}

impl List {
    fn run(&self) -> Result<(), Error> {
        let session = self.connection.open()?;
        let fetch = |page_size, page_token| {
            let request = v1::ListArticlesRequest {
                page_size,
                page_token,
                filter: self.filter.clone().unwrap_or_default(),
                order_by: self.order_by.clone().unwrap_or_default(),
            };
            session
                .call(request, async |channel, request| article_service(channel).list_articles(request).await)
        };
        self.paging.print(&mut self.output.printer(), "articles", fetch)
    }
}

impl Get {
    fn run(&self) -> Result<(), Error> {
        let people = matches!(self.output.output, Format::Table | Format::Wide);
        if self.highlight && !people {
            return Err(Error::Usage(
                "--highlight is for people: it goes with -o table or wide only; `claimdesk claims list` gives the claims"
                    .to_owned(),
            ));
        }
        let session = self.connection.open()?;
        let request = v1::GetArticleRequest { name: self.article.0.clone() };
        let answer = session
            .call(request, async |channel, request| article_service(channel).get_article(request).await)?;
        let mut printer = self.output.printer();
        let Some(article) = answer.article.as_ref() else {
            return Err(Error::Format("the service answered without an article".to_owned()));
        };
        match printer.format() {
            Format::Json | Format::Yaml => printer.document(&answer),
            Format::Jsonl => printer.json_line(article),
            Format::Name => printer.text(&format!("{}\n", article.name)),
            Format::Table | Format::Wide if self.highlight => {
                let fetch = |size, token| claims::page(&session, &article.name, "", "", size, token);
                let claims = Paging::everything().collect(fetch)?;
                let text = highlight::article(article, &claims, printer.look());
                printer.text(&text)
            }
            Format::Table | Format::Wide => printer.text(&described(article, &answer.versions)),
        }
    }
}

impl Delete {
    fn run(&self) -> Result<(), Error> {
        let request = v1::DeleteArticleRequest {
            name: self.article.0.clone(),
            etag: self.etag.clone().unwrap_or_default(),
            request_id: request_id(self.request_id.as_ref()),
            force: self.force,
            validate_only: self.validate_only,
        };
        self.connection
            .open()?
            .call(request, async |channel, request| article_service(channel).delete_article(request).await)?;
        match self.validate_only {
            true => say(&format!("{} would be deleted. Nothing was deleted.", self.article.0)),
            false => say(&format!("Deleted {}.", self.article.0)),
        }
        Ok(())
    }
}

/// What is known of an article, the texts that stood at its address, and its text.
fn described(article: &v1::Article, versions: &[v1::ArticleVersion]) -> String {
    let dim = anstyle::Style::new().dimmed();
    let mut text = String::new();
    let facts = [
        ("Article", article.name.clone()),
        ("Title", clean(&article.title)),
        ("Address", clean(&article.uri)),
        ("Publisher", clean(&article.publisher)),
        ("Authors", clean(&article.authors.join(", "))),
        ("Published", article.publish_date.clone()),
        ("Language", article.language.clone()),
        ("Claims", article.claim_count.to_string()),
        ("Stored", moment(article.create_time.as_ref())),
        ("Etag", article.etag.clone()),
        ("Replaces", article.previous_version.clone()),
        ("Replaced by", article.next_version.clone()),
    ];
    for (label, fact) in facts.iter().filter(|(_, fact)| !fact.is_empty()) {
        let _ = writeln!(text, "{dim}{label:<11}{dim:#} {fact}");
    }
    // One alone says nothing that is not said above.
    for version in versions.iter().filter(|_| versions.len() > 1) {
        let (label, sent) = (format!("Version {}", version.number), moment(version.create_time.as_ref()));
        let here = if version.article == article.name { ", this one" } else { "" };
        let _ = writeln!(text, "{dim}{label:<11}{dim:#} {}, sent {sent}{here}", version.article);
    }
    let _ = writeln!(text, "\n{}", printable(&article.text).trim_end());
    text
}
