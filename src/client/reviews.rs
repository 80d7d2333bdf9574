//! `claimdesk verify`, `dispute`, `unverifiable`, `dismiss` and `reopen`, and what is on record of them.

use super::{
    EXIT_CODES,
    claims::one_for_each,
    error::Error,
    name::ClaimName,
    output::{Output, say},
    paging::Paging,
    session::{Connection, Session, claim_service, request_id, review_service},
    value::printable,
};
use crate::{
    claim::{ClaimState, Stance, Verdict},
    proto::v1,
};

/// The options of `claimdesk verify` and its siblings.
#[derive(Debug, clap::Args)]
pub struct Decide {
    /// The claim, such as k3f/7 or articles/k3f/claims/7; several are decided on alike, all or none.
    #[arg(required = true, value_name = "CLAIM")]
    claims: Vec<ClaimName>,
    /// Of several claims, decide on each by itself: one that is refused keeps none of the others back.
    #[arg(long)]
    each: bool,
    /// Address of what the decision rests on; give it again for several.
    #[arg(long, value_name = "URL")]
    evidence: Vec<String>,
    /// What the evidence says, verbatim: the first for the first --evidence, and so on.
    #[arg(long, value_name = "TEXT")]
    quote: Vec<String>,
    /// Who published the evidence; one for all, or one for each --evidence.
    #[arg(long, value_name = "NAME")]
    publisher: Vec<String>,
    /// Which way the evidence speaks: supports, refutes or context; one for all, or one for each --evidence. Follows
    /// from the decision where absent.
    #[arg(long, value_name = "STANCE")]
    stance: Vec<Stance>,
    /// What others should know.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// How it should read, where the claim is wrong.
    #[arg(long, value_name = "TEXT")]
    correction: Option<String>,
    /// A point that the decision rests on, such as p1; give it again, or commas, for several.
    #[arg(long = "point", value_name = "POINT", value_delimiter = ',')]
    points: Vec<String>,
    /// Another claim that says the same and was decided on so: its evidence is taken over, and it is put on record. Such as
    /// one that `claims get` shows as seen before.
    #[arg(long, value_name = "CLAIM")]
    like: Option<ClaimName>,
    /// The token of your lease on the claim; needed where it is leased.
    #[arg(long, value_name = "TOKEN")]
    lease_token: Option<String>,
    #[command(flatten)]
    write: Write,
}

/// The options of `claimdesk reopen`.
#[derive(Debug, clap::Args)]
pub struct Reopen {
    /// The claim, such as k3f/7 or articles/k3f/claims/7.
    claim: ClaimName,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    #[command(flatten)]
    write: Write,
}

/// What every decision takes.
#[derive(Debug, clap::Args)]
struct Write {
    /// Decide only if this is still the claim's etag.
    #[arg(long)]
    etag: Option<String>,
    /// Makes a retry by you safe: the same id with the same decision gets the first answer.
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

/// The commands of `claimdesk reviews`.
#[derive(Debug, clap::Subcommand)]
pub enum Reviews {
    /// List the decisions on a claim, the oldest first.
    #[command(after_help = EXIT_CODES)]
    List(Box<List>),
}

/// The options of `claimdesk reviews list`.
#[derive(Debug, clap::Args)]
pub struct List {
    /// The claim, such as k3f/7 or articles/k3f/claims/7; k3f/- for all of an article, -/- for all.
    claim: ClaimName,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    output: Output,
}

impl Decide {
    pub(super) fn run(&self, verdict: Verdict) -> Result<(), Error> {
        let mut requests = self.requests(verdict)?;
        let session = self.write.connection.open()?;
        if let Some(like) = &self.like {
            let evidence = evidence_of(&session, like, verdict)?;
            for request in &mut requests {
                request.evidence.extend(evidence.iter().cloned());
                request.based_on.clone_from(&like.0);
            }
        }
        let mut printer = self.write.output.printer();
        let request_id = request_id(self.write.request_id.as_ref());
        let validate_only = self.write.validate_only;
        if let [request] = requests.as_slice() {
            let request = v1::ReviewClaimRequest { request_id, validate_only, ..request.clone() };
            let answer = session.call(request, async |channel, request| {
                review_service(channel).review_claim(request).await
            })?;
            printer.answer(&answer)?;
            self.write.tell(answer.claim.as_ref(), verdict);
            return Ok(());
        }
        let request = v1::BatchReviewClaimsRequest {
            parent: String::new(),
            requests,
            item_by_item: self.each,
            request_id,
            validate_only,
        };
        let answer = session.call(request, async |channel, request| {
            review_service(channel).batch_review_claims(request).await
        })?;
        printer.answer(&answer)?;
        let mut refused = 0;
        for outcome in &answer.outcomes {
            match &outcome.status {
                Some(status) if status.code != "OK" => {
                    refused += 1;
                    let (message, code, reason) = (&status.message, &status.code, &status.reason);
                    say(&printable(&format!("{}: {message} ({code}, {reason})", outcome.name)));
                }
                _ => self.write.tell(outcome.claim.as_ref(), verdict),
            }
        }
        match refused {
            0 => Ok(()),
            _ => Err(Error::SomeRefused { refused, all: answer.outcomes.len() }),
        }
    }

    /// The same decision on each claim.
    fn requests(&self, verdict: Verdict) -> Result<Vec<v1::ReviewClaimRequest>, Error> {
        let several = self.claims.len() > 1;
        if several && (self.write.etag.is_some() || !self.points.is_empty()) {
            return Err(Error::Usage(
                "--etag and --point speak of one claim, and there are several".to_owned(),
            ));
        }
        if !several && self.each {
            return Err(Error::Usage("--each is for several claims, and there is one".to_owned()));
        }
        let evidence = self.evidence()?;
        let request = |claim: &ClaimName| v1::ReviewClaimRequest {
            name: claim.0.clone(),
            verdict: verdict.to_string(),
            point_ids: self.points.clone(),
            evidence: evidence.clone(),
            note: self.note.clone().unwrap_or_default(),
            correction: self.correction.clone().unwrap_or_default(),
            etag: self.write.etag.clone().unwrap_or_default(),
            lease_token: self.lease_token.clone().unwrap_or_default(),
            ..v1::ReviewClaimRequest::default()
        };
        Ok(self.claims.iter().map(request).collect())
    }

    fn evidence(&self) -> Result<Vec<v1::Evidence>, Error> {
        let count = self.evidence.len();
        if self.quote.len() > count {
            return Err(Error::Usage(format!(
                "there are {} --quote and {count} --evidence; the first quote belongs to the first evidence, and so on",
                self.quote.len()
            )));
        }
        let publishers = one_for_each(&self.publisher, count, "--publisher")?;
        let stances = one_for_each(&self.stance, count, "--stance")?;
        let pieces = self.evidence.iter().zip(publishers).zip(stances).enumerate();
        Ok(pieces
            .map(|(at, ((uri, publisher), stance))| v1::Evidence {
                uri: uri.clone(),
                quote: self.quote.get(at).cloned().unwrap_or_default(),
                publisher: publisher.unwrap_or_default(),
                stance: stance.map(|stance| stance.to_string()).unwrap_or_default(),
                access_time: None,
            })
            .collect())
    }
}

/// The evidence that a claim was decided on with, if it was decided so.
fn evidence_of(session: &Session, claim: &ClaimName, verdict: Verdict) -> Result<Vec<v1::Evidence>, Error> {
    let request = v1::GetClaimRequest { name: claim.0.clone() };
    let answer =
        session.call(request, async |channel, request| claim_service(channel).get_claim(request).await)?;
    let state = answer.claim.map(|claim| claim.state).unwrap_or_default();
    if state != verdict.as_str() {
        return Err(Error::Usage(format!("--like: {} is {state}, not {verdict}", claim.0)));
    }
    Ok(decision(session, &claim.0, verdict)?.map(|review| review.evidence).unwrap_or_default())
}

/// The review that a claim's state comes from: the last of this verdict since the claim was last opened.
pub(super) fn decision(
    session: &Session,
    claim: &str,
    verdict: Verdict,
) -> Result<Option<v1::Review>, Error> {
    let reviews = Paging::everything().collect(|page_size, page_token| {
        let request = v1::ListReviewsRequest { parent: claim.to_owned(), page_size, page_token };
        session.call(request, async |channel, request| review_service(channel).list_reviews(request).await)
    })?;
    let since = reviews.iter().rposition(|review| review.verdict == Verdict::Reopened.as_str());
    let mut current = reviews.into_iter().skip(since.map_or(0, |at| at + 1)).rev();
    // Where reviewers disagreed, the claim is disputed by whoever said so.
    Ok(current.find(|review| review.verdict == verdict.as_str()))
}

impl Reopen {
    pub(super) fn run(&self) -> Result<(), Error> {
        let request = v1::ReopenClaimRequest {
            name: self.claim.0.clone(),
            note: self.note.clone().unwrap_or_default(),
            etag: self.write.etag.clone().unwrap_or_default(),
            request_id: request_id(self.write.request_id.as_ref()),
            validate_only: self.write.validate_only,
        };
        let answer =
            self.write.connection.open()?.call(request, async |channel, request| {
                review_service(channel).reopen_claim(request).await
            })?;
        self.write.output.printer().answer(&answer)?;
        self.write.tell(answer.claim.as_ref(), Verdict::Reopened);
        Ok(())
    }
}

impl Write {
    /// Says what became of the claim.
    fn tell(&self, claim: Option<&v1::Claim>, verdict: Verdict) {
        let Some(claim) = claim else { return };
        let style = super::render::state_style(&claim.state);
        let state = format!("{style}{}{style:#}", claim.state);
        let waits = verdict != Verdict::Reopened && claim.state == ClaimState::Unreviewed.as_str();
        let name = &claim.name;
        match (self.validate_only, waits) {
            (true, false) => say(&format!("{name} would be {state}. Nothing was stored.")),
            (true, true) => say(&format!("{name} would wait for another reviewer. Nothing was stored.")),
            (false, false) => say(&format!("{name} is now {state}.")),
            (false, true) => say(&format!("{name} is {state} until another reviewer has decided as well.")),
        }
    }
}

impl Reviews {
    pub(super) fn run(&self) -> Result<(), Error> {
        let Self::List(list) = self;
        let session = list.connection.open()?;
        let fetch = |page_size, page_token| {
            let request = v1::ListReviewsRequest { parent: list.claim.0.clone(), page_size, page_token };
            session
                .call(request, async |channel, request| review_service(channel).list_reviews(request).await)
        };
        list.paging.print(&mut list.output.printer(), "reviews", fetch)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        decide: Decide,
    }

    fn evidence(options: &[&str]) -> Result<Vec<v1::Evidence>, Error> {
        Line::try_parse_from([&["verify", "k3f/7"], options].concat()).expect("options").decide.evidence()
    }

    #[test]
    fn quotes_and_stances_find_their_evidence() {
        let two = ["--evidence", "https://a.example", "--evidence", "https://b.example"];
        let pieces =
            evidence(&[&two[..], &["--quote", "first", "--stance", "context"]].concat()).expect("fits");
        assert_eq!((pieces[0].quote.as_str(), pieces[1].quote.as_str()), ("first", ""));
        assert!(pieces.iter().all(|piece| piece.stance == "CONTEXT"));
    }

    #[test]
    fn a_quote_without_evidence_is_wrong_usage() {
        assert_eq!(evidence(&["--quote", "first"]).map_err(|error| error.exit_code()), Err(2));
    }
}
