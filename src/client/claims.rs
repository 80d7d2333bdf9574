//! `claimdesk claims`: list, show and add claims.

use super::{
    EXIT_CODES,
    error::Error,
    name::{ArticleName, ClaimName},
    output::{Output, say},
    paging::Paging,
    session::{Connection, Session, claim_service, request_id},
    watch::Watch,
};
use crate::{
    claim::{ClaimState, Modality, PointKind, Stance},
    proto::v1,
};

/// The commands of `claimdesk claims`.
#[derive(Debug, clap::Subcommand)]
pub enum Claims {
    /// List claims, of one article or of all.
    #[command(after_help = EXIT_CODES)]
    List(Box<List>),
    /// Show one claim.
    #[command(after_help = EXIT_CODES)]
    Get(Box<Get>),
    /// Add a claim that you wrote by hand, with its sources, to a stored article.
    #[command(after_help = EXIT_CODES)]
    Submit(Box<SubmitClaim>),
    /// Show what happens to claims, as it happens.
    #[command(after_help = EXIT_CODES)]
    Watch(Box<Watch>),
}

/// The options of `claimdesk claims list`.
#[derive(Debug, clap::Args)]
pub struct List {
    /// The article, such as k3f or articles/k3f; all articles where absent.
    article: Option<ArticleName>,
    /// Only claims that fit, in the filter language of AIP-160, such as: Gipfel AND date >= 2023-01-01 AND score > 0.5.
    /// docs/client.md lists the fields
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
    /// Only claims in this state; give it again, or commas, for several.
    #[arg(long, value_name = "STATE", value_delimiter = ',')]
    state: Vec<ClaimState>,
    /// Only claims with a point of this kind: date, figure or record; give it again, or commas, for several.
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    kind: Vec<PointKind>,
    /// create_time, update_time or check_worthiness, with " desc" behind it for the reverse.
    #[arg(long, value_name = "FIELD")]
    order_by: Option<String>,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    output: Output,
}

/// The options of `claimdesk claims get`.
#[derive(Debug, clap::Args)]
pub struct Get {
    /// The claim, such as k3f/7 or articles/k3f/claims/7.
    claim: ClaimName,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    output: Output,
}

/// The options of `claimdesk claims submit`.
#[derive(Debug, clap::Args)]
pub struct SubmitClaim {
    /// The article, such as k3f or articles/k3f.
    article: ArticleName,
    /// The statement, verbatim.
    #[arg(long, value_name = "TEXT")]
    quote: String,
    /// Who says so; give it again for several.
    #[arg(long = "speaker", value_name = "NAME")]
    speakers: Vec<String>,
    /// Who passes it on, such as a news agency; give it again for several.
    #[arg(long = "relay", value_name = "NAME")]
    relays: Vec<String>,
    /// Address of something to check it by; give it again for several.
    #[arg(long, value_name = "URL")]
    evidence: Vec<String>,
    /// Which way the evidence speaks: supports, refutes or context; one for all, or one for each --evidence.
    #[arg(long, value_name = "STANCE")]
    stance: Vec<Stance>,
    /// How it is said: asserted, reported, alleged, denied, planned or predicted.
    #[arg(long)]
    modality: Option<Modality>,
    /// ISO 639-1 code of its language; the article's where absent.
    #[arg(long, value_name = "CODE")]
    language: Option<String>,
    /// Makes a retry by you safe: the same id with the same claim gets the first answer.
    #[arg(long, value_name = "ID")]
    request_id: Option<String>,
    /// Check everything and answer as if it had been stored, but store nothing.
    #[arg(long)]
    validate_only: bool,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    output: Output,
}

impl Claims {
    pub(super) fn run(&self) -> Result<(), Error> {
        match self {
            Self::List(list) => list.run(),
            Self::Get(get) => get.run(),
            Self::Submit(submit) => submit.run(),
            Self::Watch(watch) => watch.run(),
        }
    }
}

impl List {
    fn run(&self) -> Result<(), Error> {
        let session = self.connection.open()?;
        let parent = self.article.as_ref().map_or("articles/-", |article| &article.0);
        let (filter, order_by) = (self.filter(), self.order_by.clone().unwrap_or_default());
        let fetch = |size, token| page(&session, parent, &filter, &order_by, size, token);
        self.paging.print(&mut self.output.printer(), "claims", fetch)
    }

    /// The filter of all the options together.
    fn filter(&self) -> String {
        let state = any("state", self.state.iter().map(|state| state.as_str()));
        let kind = any("points.kind", self.kind.iter().map(|kind| kind.as_str()));
        both(self.filter.as_deref(), &[state, kind])
    }
}

/// The condition that a field is one of some words; empty where there are none.
pub(super) fn any<'a>(field: &str, words: impl Iterator<Item = &'a str>) -> String {
    let each: Vec<String> = words.map(|word| format!("{field} = \"{word}\"")).collect();
    if each.len() > 1 { format!("({})", each.join(" OR ")) } else { each.concat() }
}

/// The filter that was given, and the conditions of handier options besides.
pub(super) fn both(filter: Option<&str>, handy: &[String]) -> String {
    let handy: Vec<&str> = handy.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    match filter.map(str::trim).filter(|filter| !filter.is_empty()) {
        None => handy.join(" AND "),
        Some(filter) if handy.is_empty() => filter.to_owned(),
        Some(filter) => format!("({filter}) AND {}", handy.join(" AND ")),
    }
}

/// A page of the claims of an article.
pub(super) fn page(
    session: &Session,
    parent: &str,
    filter: &str,
    order_by: &str,
    page_size: u32,
    page_token: String,
) -> Result<v1::ListClaimsResponse, Error> {
    let request = v1::ListClaimsRequest {
        parent: parent.to_owned(),
        page_size,
        page_token,
        filter: filter.to_owned(),
        order_by: order_by.to_owned(),
        max_count: 0,
    };
    session.call(request, async |channel, request| claim_service(channel).list_claims(request).await)
}

impl Get {
    fn run(&self) -> Result<(), Error> {
        let request = v1::GetClaimRequest { name: self.claim.0.clone() };
        let answer = self
            .connection
            .open()?
            .call(request, async |channel, request| claim_service(channel).get_claim(request).await)?;
        self.output.printer().answer(&answer)
    }
}

impl SubmitClaim {
    fn run(&self) -> Result<(), Error> {
        let session = self.connection.open()?;
        let request = v1::SubmitClaimRequest {
            parent: self.article.0.clone(),
            claim: Some(v1::Claim {
                quote: self.quote.clone(),
                sources: self.sources()?,
                modality: self.modality.map(|it| it.to_string()).unwrap_or_default(),
                language: self.language.clone().unwrap_or_default(),
                ..v1::Claim::default()
            }),
            request_id: request_id(self.request_id.as_ref()),
            validate_only: self.validate_only,
        };
        let answer = session
            .call(request, async |channel, request| claim_service(channel).submit_claim(request).await)?;
        self.output.printer().answer(&answer)?;
        match answer.claim.as_ref() {
            _ if self.validate_only => say("The claim would be stored. Nothing was stored."),
            Some(claim) => say(&format!("Stored {}.", claim.name)),
            None => {}
        }
        Ok(())
    }

    fn sources(&self) -> Result<Vec<v1::Source>, Error> {
        let named = |role: &str, name: &String| v1::Source {
            role: role.to_owned(),
            name: name.clone(),
            ..v1::Source::default()
        };
        let stances = one_for_each(&self.stance, self.evidence.len(), "--stance")?;
        let evidence = self.evidence.iter().zip(stances).map(|(uri, stance)| v1::Source {
            role: "EVIDENCE".to_owned(),
            uri: uri.clone(),
            stance: stance.map(|it| it.to_string()).unwrap_or_default(),
            ..v1::Source::default()
        });
        let speakers = self.speakers.iter().map(|name| named("SPEAKER", name));
        let relays = self.relays.iter().map(|name| named("RELAY", name));
        Ok(speakers.chain(relays).chain(evidence).collect())
    }
}

/// What an option says of each piece of evidence: nothing, the same of all, or something of each.
pub(super) fn one_for_each<T: Clone>(
    given: &[T],
    count: usize,
    option: &str,
) -> Result<Vec<Option<T>>, Error> {
    match given {
        [] => Ok(vec![None; count]),
        _ if count == 0 => {
            Err(Error::Usage(format!("{option} says something of --evidence, and there is none")))
        }
        [one] => Ok(vec![Some(one.clone()); count]),
        many if many.len() == count => Ok(many.iter().cloned().map(Some).collect()),
        many => Err(Error::Usage(format!(
            "there are {} {option} and {count} --evidence; give {option} once for all, or once for each",
            many.len()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        list: List,
    }

    fn filter(options: &[&str]) -> String {
        Line::try_parse_from([&["list"], options].concat()).map(|line| line.list.filter()).expect("options")
    }

    #[test]
    fn the_handy_options_make_a_filter() {
        assert_eq!(filter(&[]), "");
        assert_eq!(filter(&["--filter", "a = 1"]), "a = 1");
        assert_eq!(filter(&["--state", "verified"]), "state = \"VERIFIED\"");
        assert_eq!(
            filter(&["--state", "verified,Disputed", "--kind", "record", "--filter", "a = 1 OR b = 2"]),
            "(a = 1 OR b = 2) AND (state = \"VERIFIED\" OR state = \"DISPUTED\") AND points.kind = \"RECORD\""
        );
    }

    #[test]
    fn an_unknown_state_is_answered_with_the_known_ones() {
        let error = Line::try_parse_from(["list", "--state", "true"]).err().expect("no state").to_string();
        assert!(error.contains("UNREVIEWED, VERIFIED, DISPUTED"), "{error}");
    }

    #[test]
    fn what_is_said_of_evidence_finds_its_piece() {
        assert_eq!(one_for_each::<u8>(&[], 2, "--x").expect("none"), [None, None]);
        assert_eq!(one_for_each(&[1], 2, "--x").expect("one for all"), [Some(1), Some(1)]);
        assert_eq!(one_for_each(&[1, 2], 2, "--x").expect("one for each"), [Some(1), Some(2)]);
        assert!(one_for_each(&[1, 2], 3, "--x").is_err());
        assert!(one_for_each(&[1], 0, "--x").is_err());
    }
}
