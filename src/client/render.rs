//! Claims, articles and reviews as tables.

pub(super) mod lineage;
mod related;

use std::iter;

use anstyle::{AnsiColor, Style};

use super::{
    grid::{Column, Grid, Line, fixed, flexible},
    name,
    output::Answer,
    value::{self, clean, moment},
};
use crate::proto::v1;

/// From this width on, each thing that there is to say of a claim has a column of its own.
const ROOMY: usize = 110;
const DIM: Style = Style::new().dimmed();

/// How tables and texts are to look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// The columns of the terminal.
    pub(super) width: usize,
    /// Whether to show everything.
    pub(super) wide: bool,
    /// Whether there are colours.
    pub(super) colored: bool,
}

/// The colour of a claim's state.
pub(super) fn state_style(state: &str) -> Style {
    match state {
        "VERIFIED" => AnsiColor::Green.on_default(),
        "DISPUTED" => AnsiColor::Red.on_default(),
        "UNVERIFIABLE" => AnsiColor::Magenta.on_default(),
        "DISMISSED" => DIM,
        "UNREVIEWED" => AnsiColor::Yellow.on_default(),
        _ => Style::new(),
    }
}

/// A score with a small bar: `0.72 ██▉ `.
fn worthiness(score: f64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    const CELLS: f64 = 4.0;
    let score = if score.is_finite() { score.clamp(0.0, 1.0) } else { 0.0 };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 32")]
    let eighths = (score * CELLS * 8.0).round() as usize;
    format!("{score:.2} {}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

/// The claims as a table: beside each other where there is room, on top of each other where there is little.
pub(super) fn claims_table(claims: &[v1::Claim], look: &Look) -> String {
    let one_article =
        claims.windows(2).all(|two| name::article_of(&two[0].name) == name::article_of(&two[1].name));
    let stored = claims.iter().any(|claim| !claim.name.is_empty());
    let roomy = look.width >= ROOMY;
    let mut columns: Vec<Column> = vec![fixed("CLAIM")];
    if roomy {
        if stored {
            columns.push(fixed("STATE"));
        }
        columns.extend([
            fixed("WORTH"),
            fixed("SAID"),
            flexible("QUOTE", 5),
            flexible("POINTS", 4),
            flexible("SOURCES", 2),
        ]);
    } else {
        columns.extend([flexible("QUOTE", 3), flexible("POINTS AND SOURCES", 2)]);
    }
    if look.wide {
        columns.push(flexible("MORE", 3));
    }
    let mut grid = Grid::new(columns, true);
    for (at, claim) in claims.iter().enumerate() {
        let label = match (claim.name.is_empty(), one_article) {
            (true, _) => (at + 1).to_string(),
            (false, true) => name::last(&claim.name).to_owned(),
            (false, false) => name::short(&claim.name),
        };
        let style = state_style(&claim.state);
        let label = Line::styled(label, style.bold());
        let lineage = lineage::short(claim).map(|text| Line::styled(text, DIM));
        let state = Line::styled(&claim.state, style);
        let worth = Line::plain(worthiness(claim.check_worthiness));
        let said = Line::styled(claim.modality.to_lowercase(), DIM);
        let quote = vec![Line::plain(clean(&claim.quote))];
        let (points, sources) = (points(claim, look), sources(claim, look));
        let mut cells = if roomy {
            let mut cells = vec![vec![label]];
            if stored {
                cells.push(iter::once(state).chain(lineage).collect());
            }
            cells.extend([vec![worth], vec![said], quote, points, sources]);
            cells
        } else {
            let mut first = if stored { vec![label, state, worth, said] } else { vec![label, worth, said] };
            first.extend(lineage);
            vec![first, quote, [points, sources].concat()]
        };
        if look.wide {
            cells.push(more(claim));
        }
        grid.row(cells);
    }
    grid.render(look.width)
}

fn points(claim: &v1::Claim, look: &Look) -> Vec<Line> {
    let mut lines = Vec::new();
    for point in &claim.points {
        lines.push(Line::styled(value::point(point), AnsiColor::Cyan.on_default()).hanging());
        // Who asked for the patterns gets them.
        if !point.pattern.is_empty() {
            lines.push(Line::styled(format!("  by {}", clean(&point.pattern)), DIM).hanging());
        }
        if look.wide {
            let said =
                [format!("{} {}", point.id, value::kind(point)), value::interval(point).unwrap_or_default()];
            lines.push(Line::styled(format!("  {}", said.join(" ").trim_end()), DIM).hanging());
            if !point.derivation.is_empty() {
                lines.push(Line::styled(format!("  {}", clean(&point.derivation)), DIM).hanging());
            }
        }
    }
    lines
}

fn sources(claim: &v1::Claim, look: &Look) -> Vec<Line> {
    // The publication is the same for all claims of an article: only who asks for everything wants to read it.
    let shown = claim.sources.iter().filter(|source| look.wide || source.role != "PUBLICATION");
    shown.map(|source| Line::plain(value::source(source)).hanging()).collect()
}

fn more(claim: &v1::Claim) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut say = |label: &str, text: String| {
        if !text.is_empty() {
            lines.push(Line::styled(format!("{label} {text}"), DIM).hanging());
        }
    };
    for reason in &claim.check_worthiness_reasons {
        say("+", clean(reason));
    }
    for finding in &claim.findings {
        let outcome = finding.outcome.to_lowercase().replace('_', " ");
        say(&finding.point_id, format!("{outcome}: {}", clean(&finding.derivation)));
    }
    if let Some(span) = &claim.span {
        say("span", format!("{}..{}", span.start, span.end));
    }
    say("language", claim.language.clone());
    say("origin", claim.origin.to_lowercase());
    if claim.review_count > 0 {
        say("reviews", claim.review_count.to_string());
    }
    say("changed", moment(claim.update_time.as_ref()));
    say("etag", claim.etag.clone());
    lines
}

/// Expressions as a table: what the text says, and what it means.
pub(super) fn points_table(points: &[v1::Point], look: &Look) -> String {
    let mut columns = vec![fixed("SPAN"), fixed("KIND"), flexible("TEXT", 1), flexible("VALUE", 1)];
    let explained = points.iter().any(|point| !point.pattern.is_empty());
    if explained {
        columns.push(flexible("PATTERN", 1));
    }
    let mut grid = Grid::new(columns, false);
    for point in points {
        let span =
            point.span.as_ref().map(|span| format!("{}..{}", span.start, span.end)).unwrap_or_default();
        let mut cells = vec![
            vec![Line::styled(span, DIM)],
            vec![Line::plain(value::kind(point))],
            vec![Line::plain(clean(&point.text)).hanging()],
            vec![Line::styled(value::value(point), AnsiColor::Cyan.on_default()).hanging()],
        ];
        if explained {
            cells.push(vec![Line::styled(clean(&point.pattern), DIM)]);
        }
        grid.row(cells);
    }
    grid.render(look.width)
}

fn articles_table(articles: &[v1::Article], look: &Look) -> String {
    let mut columns = vec![
        fixed("ARTICLE"),
        fixed("PUBLISHED"),
        fixed("CLAIMS"),
        flexible("PUBLISHER", 1),
        flexible("TITLE", 2),
    ];
    if look.wide {
        columns.extend([
            flexible("ADDRESS", 2),
            flexible("AUTHORS", 1),
            fixed("LANGUAGE"),
            fixed("STORED"),
            fixed("ETAG"),
        ]);
    }
    let mut grid = Grid::new(columns, false);
    for article in articles {
        // Where the address has a column of its own, it need not stand in for the title.
        let title = if article.title.is_empty() && !look.wide { &article.uri } else { &article.title };
        let mut cells = vec![
            vec![Line::styled(name::last(&article.name), Style::new().bold())],
            vec![Line::plain(&article.publish_date)],
            vec![Line::plain(article.claim_count.to_string())],
            vec![Line::plain(clean(&article.publisher))],
            vec![Line::plain(clean(title))],
        ];
        if look.wide {
            cells.extend([
                vec![Line::plain(clean(&article.uri))],
                vec![Line::plain(clean(&article.authors.join(", ")))],
                vec![Line::plain(&article.language)],
                vec![Line::plain(moment(article.create_time.as_ref()))],
                vec![Line::plain(&article.etag)],
            ]);
        }
        grid.row(cells);
    }
    grid.render(look.width)
}

fn reviews_table(reviews: &[v1::Review], look: &Look) -> String {
    let columns = vec![
        fixed("WHEN"),
        fixed("VERDICT"),
        fixed("REVIEWER"),
        flexible("EVIDENCE", 3),
        flexible("NOTE", 2),
    ];
    let mut grid = Grid::new(columns, true);
    for review in reviews {
        let verdict = if review.verdict == "REOPENED" { "UNREVIEWED" } else { &review.verdict };
        let mut said = vec![Line::styled(&review.verdict, state_style(verdict))];
        if !review.point_ids.is_empty() {
            said.push(Line::styled(format!("on {}", review.point_ids.join(", ")), DIM));
        }
        if !review.carried_from.is_empty() {
            let claim = review.carried_from.split("/reviews/").next().unwrap_or_default();
            said.push(Line::styled(format!("carried over from {}", name::short(claim)), DIM));
        }
        if !review.based_on.is_empty() {
            said.push(Line::styled(format!("like {}", name::short(&review.based_on)), DIM));
        }
        let mut when = vec![Line::plain(moment(review.create_time.as_ref()))];
        if look.wide {
            when.push(Line::styled(format!("review {}", name::last(&review.name)), DIM));
            said.push(Line::styled(format!("was {}", review.previous_state), DIM));
        }
        let mut notes = Vec::new();
        if !review.note.is_empty() {
            notes.push(Line::plain(clean(&review.note)));
        }
        if !review.correction.is_empty() {
            notes.push(Line::plain(format!("Correction: {}", clean(&review.correction))));
        }
        grid.row(vec![
            when,
            said,
            vec![Line::plain(clean(&review.reviewer))],
            evidence(&review.evidence, look),
            notes,
        ]);
    }
    grid.render(look.width)
}

fn evidence(evidence: &[v1::Evidence], look: &Look) -> Vec<Line> {
    let mut lines = Vec::new();
    for piece in evidence {
        let stance = piece.stance.to_lowercase();
        lines.push(Line::plain(format!("{stance} {}", clean(&piece.uri)).trim_start().to_owned()).hanging());
        if !piece.quote.is_empty() {
            lines.push(Line::styled(format!("  “{}”", clean(&piece.quote)), DIM).hanging());
        }
        if look.wide {
            let seen = [clean(&piece.publisher), moment(piece.access_time.as_ref())].join(" ");
            let seen = format!("  {}", seen.trim());
            lines.push(Line::styled(seen, DIM));
        }
    }
    lines
}

impl Answer for v1::GetClaimResponse {
    type Item = v1::Claim;

    fn items(&self) -> &[v1::Claim] {
        self.claim.as_slice()
    }

    fn name(claim: &v1::Claim) -> &str {
        &claim.name
    }

    /// The claim, and below it what is to be known besides.
    fn table(&self, look: &Look) -> String {
        let mut text = claims_table(self.items(), look);
        text.extend(self.claim.iter().filter_map(lineage::long).map(|line| format!("\n{line}\n")));
        text.push_str(&related::suggestions(&self.suggestions, look));
        text.push_str(&related::contradictions(&self.possible_contradictions, look));
        text
    }
}

impl Answer for v1::BatchReviewClaimsResponse {
    type Item = v1::BatchReviewOutcome;

    fn items(&self) -> &[v1::BatchReviewOutcome] {
        &self.outcomes
    }

    /// That of the review; what was refused has none.
    fn name(outcome: &v1::BatchReviewOutcome) -> &str {
        outcome.review.as_ref().map_or("", |review| &review.name)
    }

    fn table(&self, look: &Look) -> String {
        let reviews: Vec<v1::Review> = self.outcomes.iter().filter_map(|it| it.review.clone()).collect();
        if reviews.is_empty() { String::new() } else { reviews_table(&reviews, look) }
    }
}

/// Declares how the answers of the service are written.
macro_rules! answers {
    ($($answer:ident { $items:ident: $item:ident } by $table:ident,)+) => {
        $(impl Answer for v1::$answer {
            type Item = v1::$item;

            fn items(&self) -> &[v1::$item] {
                self.$items.as_slice()
            }

            fn name(item: &v1::$item) -> &str {
                &item.name
            }

            fn table(&self, look: &Look) -> String {
                $table(self.items(), look)
            }
        })+
    };
}

answers! {
    SubmitArticleResponse { claims: Claim } by claims_table,
    ExtractClaimsResponse { claims: Claim } by claims_table,
    ListArticlesResponse { articles: Article } by articles_table,
    SubmitClaimResponse { claim: Claim } by claims_table,
    ListClaimsResponse { claims: Claim } by claims_table,
    ReviewClaimResponse { review: Review } by reviews_table,
    ReopenClaimResponse { review: Review } by reviews_table,
    ListReviewsResponse { reviews: Review } by reviews_table,
}

#[cfg(test)]
mod tests;
