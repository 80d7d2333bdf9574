//! `claimdesk export`: claims for other programs, as lines of JSON or as ClaimReview of schema.org.

mod claim_review;

use std::iter;

use super::{
    claims::{any, both, page},
    error::Error,
    output::{Output, say},
    reviews,
    session::{Connection, Session},
};
use crate::{
    claim::{ClaimState, Succession, Verdict},
    proto::v1,
};
use claim_review::{Publisher, claim_review};

/// Claims are asked for in pages of this size, and no more than one page is kept.
const PAGE: u32 = 500;
/// The verdicts that a fact check can be published on.
const PUBLISHED: [Verdict; 3] = [Verdict::Verified, Verdict::Disputed, Verdict::Unverifiable];

/// How claims are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// Each claim as the service gives it, a line of JSON.
    Jsonl,
    /// Each reviewed claim as a ClaimReview of schema.org in JSON-LD, all of them as one array.
    Claimreview,
}

/// The options of `claimdesk export`.
#[derive(Debug, clap::Args)]
pub struct Export {
    /// How to write the claims.
    #[arg(long, value_enum)]
    format: Form,
    /// Only claims that fit, in the filter language of AIP-160, such as: publisher = "APA" AND update_time > 2024-06-19
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
    /// Only claims in this state; give it again, or commas, for several.
    #[arg(long, value_name = "STATE", value_delimiter = ',')]
    state: Vec<ClaimState>,
    /// ClaimReview: who reviewed the claims.
    #[arg(long, value_name = "NAME", required_if_eq("format", "claimreview"))]
    organisation: Option<String>,
    /// ClaimReview: the organisation's address on the web.
    #[arg(long, value_name = "URL", value_parser = address)]
    organisation_url: Option<String>,
    /// ClaimReview: where the check of a claim is published; {article} and {claim} stand for the parts of the claim's name,
    /// as in https://example.org/checks/{article}/{claim}
    #[arg(long, value_name = "URL", value_parser = address, required_if_eq("format", "claimreview"))]
    url: Option<String>,
    /// ClaimReview: the words for a verdict, such as VERIFIED="It is so"; give it again for others.
    #[arg(long = "rating", value_name = "VERDICT=WORDS", value_parser = words)]
    words: Vec<(Verdict, String)>,
    #[command(flatten)]
    connection: Connection,
}

/// An address on the web.
fn address(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    if host.is_empty() || host.starts_with('/') || text.contains(char::is_whitespace) {
        return Err("write it in full, such as https://example.org/checks/{article}/{claim}".to_owned());
    }
    Ok(text.to_owned())
}

/// The words for a verdict, as VERDICT=WORDS.
fn words(text: &str) -> Result<(Verdict, String), String> {
    let (verdict, words) = text.split_once('=').ok_or("write it like VERIFIED=\"It is so\"")?;
    let verdict = verdict.trim().parse::<Verdict>().map_err(|error| error.to_string())?;
    match words.trim() {
        "" => Err("there are no words behind the =".to_owned()),
        words => Ok((verdict, words.to_owned())),
    }
}

impl Export {
    pub(super) fn run(&self) -> Result<(), Error> {
        let states = match (self.format, self.state.as_slice()) {
            (Form::Claimreview, []) => PUBLISHED.iter().map(|verdict| verdict.as_str()).collect(),
            (Form::Claimreview, states) => states
                .iter()
                .map(|state| published(state.as_str()).map(Verdict::as_str).ok_or_else(|| no_verdict(*state)))
                .collect::<Result<Vec<_>, _>>()?,
            (Form::Jsonl, states) => states.iter().map(|state| state.as_str()).collect(),
        };
        // The claims of a version that another one has replaced are checked no more; those that stayed are among the others.
        let current = match self.format {
            Form::Claimreview => any("succession", iter::once(Succession::Current.as_str())),
            Form::Jsonl => String::new(),
        };
        let filter = both(self.filter.as_deref(), &[any("state", states.into_iter()), current]);
        let session = self.connection.open()?;
        let count = match self.format {
            Form::Jsonl => {
                let mut printer = Output::data();
                each(&session, &filter, |claim| printer.json_line(&claim).map(|()| true))?
            }
            Form::Claimreview => self.claim_reviews(&session, &filter)?,
        };
        let what = if self.format == Form::Jsonl { "claim" } else { "fact check" };
        say(&match count {
            0 => format!("There are no {what}s to export."),
            1 => format!("Exported 1 {what}."),
            count => format!("Exported {count} {what}s."),
        });
        Ok(())
    }

    /// Writes an array with a review on each line.
    fn claim_reviews(&self, session: &Session, filter: &str) -> Result<u64, Error> {
        let publisher = Publisher {
            name: self.organisation.clone().unwrap_or_default(),
            home: self.organisation_url.clone().unwrap_or_default(),
            page: self.url.clone().unwrap_or_default(),
            words: self.words.clone(),
        };
        let (mut printer, mut before) = (Output::data(), "[\n");
        let count = each(session, filter, |claim| {
            // Reopened since it was listed: it has no verdict any more.
            let Some((verdict, review)) = decision(session, &claim)? else { return Ok(false) };
            let document = claim_review(&claim, verdict, &review, &publisher);
            printer.raw(&format!("{before}{document}"))?;
            before = ",\n";
            Ok(true)
        })?;
        printer.raw(if count == 0 { "[]\n" } else { "\n]\n" })?;
        Ok(count)
    }
}

fn no_verdict(state: ClaimState) -> Error {
    Error::Usage(format!(
        "a claim that is {state} has no verdict to publish; give --state verified, disputed or unverifiable"
    ))
}

/// The verdict of a state that can be published.
fn published(state: &str) -> Option<Verdict> {
    PUBLISHED.into_iter().find(|verdict| verdict.as_str() == state)
}

/// Goes through the claims that fit; says how many were written.
fn each(
    session: &Session,
    filter: &str,
    mut write: impl FnMut(v1::Claim) -> Result<bool, Error>,
) -> Result<u64, Error> {
    let (mut count, mut token) = (0, String::new());
    loop {
        let answer = page(session, "articles/-", filter, "", PAGE, token)?;
        for claim in answer.claims {
            count += u64::from(write(claim)?);
        }
        if answer.next_page_token.is_empty() {
            return Ok(count);
        }
        token = answer.next_page_token;
    }
}

/// The review that a claim's state comes from.
fn decision(session: &Session, claim: &v1::Claim) -> Result<Option<(Verdict, v1::Review)>, Error> {
    let Some(verdict) = published(&claim.state) else { return Ok(None) };
    Ok(reviews::decision(session, &claim.name, verdict)?.map(|review| (verdict, review)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_written_in_full() {
        assert!(address("https://example.org/{article}").is_ok());
        for wrong in ["", "example.org", "https://", "https:///x", "https://a b", "ftp://example.org"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn words_belong_to_a_verdict() {
        assert_eq!(words("disputed = Falsch"), Ok((Verdict::Disputed, "Falsch".to_owned())));
        for wrong in ["", "Falsch", "TRUE=x", "VERIFIED="] {
            assert!(words(wrong).is_err(), "{wrong}");
        }
    }
}
