//! What the plain mode says: one thing on a line, nothing by its place or its colour.

use std::fmt::Write as _;

use super::{Failure, Plain, commands::COMMANDS};
use crate::{
    client::{
        claims::page,
        error::Error,
        highlight,
        name::{article_of, short},
        render::{Look, lineage},
        session::{article_service, claim_service, review_service},
        value::{self, clean, moment, printable},
    },
    proto::v1,
};

impl Plain<'_> {
    /// All that there is to know of the claim.
    pub(super) fn tell_claim(&mut self) -> Result<(), Failure> {
        let related = self.related(&self.this()?.name)?;
        let claim = self.this()?;
        let mut text = format!(
            "\nClaim {}, {}, worth {:.2}, {}, language {}.\n\"{}\"\n",
            short(&claim.name),
            claim.state,
            claim.check_worthiness,
            claim.modality.to_lowercase(),
            claim.language,
            printable(&claim.quote),
        );
        if let Some(versions) = lineage::long(claim) {
            let _ = writeln!(text, "{versions}");
        }
        for (at, point) in claim.points.iter().enumerate() {
            let kind = value::kind(point).to_lowercase();
            let _ = write!(text, "Point {}: {}, {kind}", at + 1, value::point(point));
            if let Some(interval) = value::interval(point) {
                let _ = write!(text, ", {interval}");
            }
            if !point.derivation.is_empty() {
                let _ = write!(text, "; {}", clean(&point.derivation));
            }
            text.push_str(".\n");
        }
        for finding in &claim.findings {
            let outcome = finding.outcome.to_lowercase().replace('_', " ");
            let _ = writeln!(
                text,
                "The text itself: {} {outcome}: {}",
                finding.point_id,
                clean(&finding.derivation)
            );
        }
        for source in &claim.sources {
            let _ = writeln!(text, "Source: {}", value::source(source));
        }
        for one in &related.suggestions {
            let _ = writeln!(
                text,
                "Seen before: {} is {}, {:.2} alike: \"{}\"{}. {}.",
                short(&one.claim),
                one.state,
                one.score,
                clean(&one.quote),
                from(&one.publisher, &one.publish_date),
                one.reasons.iter().map(|reason| clean(reason)).collect::<Vec<_>>().join("; ")
            );
        }
        for one in &related.possible_contradictions {
            let _ = writeln!(
                text,
                "Said otherwise: {} in {}, {}: \"{}\"{}. {}.",
                one.point_id,
                short(&one.claim),
                one.state,
                clean(&one.quote),
                from(&one.publisher, &one.publish_date),
                clean(&one.derivation)
            );
        }
        for review in self.reviews(&claim.name)? {
            let when = moment(review.create_time.as_ref());
            let _ = writeln!(
                text,
                "Decision: {} by {}, {when}. {}",
                review.verdict,
                clean(&review.reviewer),
                clean(&review.note)
            );
        }
        if let Some(held) = self.held.as_ref().filter(|held| held.name == claim.name) {
            let left = held.until.saturating_duration_since(std::time::Instant::now()).as_secs();
            let _ =
                writeln!(text, "It is yours for {} minutes, and held longer by itself.", left.div_ceil(60));
        }
        self.write(&text)?;
        self.suggestions = related.suggestions;
        if !self.draft.is_empty() {
            self.tell_draft()?;
        }
        Ok(())
    }

    /// What is told beside a claim: earlier ones that may say the same, and others that say otherwise.
    fn related(&self, name: &str) -> Result<v1::GetClaimResponse, Error> {
        let request = v1::GetClaimRequest { name: name.to_owned() };
        self.session.call(request, async |channel, request| claim_service(channel).get_claim(request).await)
    }

    fn reviews(&self, name: &str) -> Result<Vec<v1::Review>, Error> {
        let request = v1::ListReviewsRequest { parent: name.to_owned(), page_size: 50, ..Default::default() };
        let answer = self
            .session
            .call(request, async |channel, request| review_service(channel).list_reviews(request).await)?;
        Ok(answer.reviews)
    }

    /// What was written and not sent.
    pub(super) fn tell_draft(&self) -> Result<(), Failure> {
        let mut text = String::from("Not sent yet:");
        for piece in &self.draft.evidence {
            let _ = write!(text, " evidence {}", clean(&piece.uri));
            if !piece.quote.is_empty() {
                let _ = write!(text, " \"{}\"", clean(&piece.quote));
            }
            text.push(';');
        }
        for (label, written) in [("note", &self.draft.note), ("correction", &self.draft.correction)] {
            if !written.is_empty() {
                let _ = write!(text, " {label} \"{}\";", clean(written));
            }
        }
        if !self.draft.point_ids.is_empty() {
            let _ = write!(text, " rests on {};", self.draft.point_ids.join(", "));
        }
        if !self.draft.based_on.is_empty() {
            let _ = write!(text, " rests on {};", short(&self.draft.based_on));
        }
        if self.draft.is_empty() {
            text.push_str(" nothing.");
        }
        self.write(&text)?;
        Ok(())
    }

    pub(super) fn tell_article(&self) -> Result<(), Failure> {
        let name = article_of(&self.this()?.name);
        let request = v1::GetArticleRequest { name: name.to_owned() };
        let answer = self
            .session
            .call(request, async |channel, request| article_service(channel).get_article(request).await)?;
        let claims = page(self.session, name, "", "", 1000, String::new())?.claims;
        let look = Look { width: 80, wide: false, colored: false };
        let text = highlight::article(&answer.article.unwrap_or_default(), &claims, &look);
        self.write(&anstream::adapter::strip_str(&text).to_string())?;
        Ok(())
    }

    pub(super) fn tell_list(&self, answer: &v1::ListClaimsResponse) -> Result<(), Failure> {
        let mut text = format!("Tab {}:", self.tabs[self.tab].name);
        if !self.search.is_empty() {
            let _ = write!(text, " with \"{}\":", self.search);
        }
        if answer.claims.is_empty() {
            text.push_str(" no claim.");
        }
        text.push('\n');
        for claim in &answer.claims {
            let marked = if self.marks.iter().any(|mark| mark.name == claim.name) { ", marked" } else { "" };
            let _ =
                writeln!(text, "{}, {}{marked}: {}", short(&claim.name), claim.state, clean(&claim.quote));
        }
        if !answer.next_page_token.is_empty() {
            text.push_str("There are more.\n");
        }
        self.write(&text)?;
        Ok(())
    }

    pub(super) fn tell_tabs(&self) -> Result<(), Failure> {
        let mut text = String::new();
        for (at, tab) in self.tabs.iter().enumerate() {
            let here = if at == self.tab { " (here)" } else { "" };
            let _ = writeln!(text, "{} {}{here}: {}", at + 1, tab.name, tab.filter);
        }
        self.write(&text)?;
        Ok(())
    }

    pub(super) fn tell_help(&self) -> Result<(), Failure> {
        let mut text = String::new();
        for (_, name, takes, help) in COMMANDS {
            let call = format!("{name} {takes}");
            let _ = writeln!(text, "{}: {help}", call.trim_end());
        }
        text.push_str("A line that begins with # is passed over.");
        self.write(&text)?;
        Ok(())
    }
}

/// Where it was said, after the quote.
fn from(publisher: &str, publish_date: &str) -> String {
    let from: Vec<String> =
        [publisher, publish_date].into_iter().filter(|part| !part.is_empty()).map(clean).collect();
    if from.is_empty() { String::new() } else { format!(" ({})", from.join(", ")) }
}
