//! From a filter to a question of the index: the terms that a claim must have to fit, and what is left to look at.

use std::ops::RangeInclusive;

use jiff::civil::{Date, date};
use rust_decimal::prelude::ToPrimitive as _;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder, types::Json};

use super::{
    cells,
    terms::Field,
    words::{self, Sought},
};
use crate::{
    claim::{ClaimState, Succession},
    store::{ClaimTest, Comparison, DateRange, Expression, NumberTest, StoreError, TextTest, filter},
};

/// How many words of the list may be meant by one word that is looked for.
const MOST_MEANT: usize = 10_000;
/// How many cells of scores are asked for at once, and how many lexemes a query has with them.
const MOST_CELLS: i64 = 128;
const MOST_LEXEMES: usize = 8_192;
/// The first and the last day that a term can be of.
const FIRST_DAY: Date = date(0, 1, 1);
const LAST_DAY: Date = date(9999, 12, 31);

/// A filter, translated.
#[derive(Debug, Clone, Default)]
pub(in crate::store) struct Question {
    /// Queries of terms that every claim which fits meets. Each is a condition of its own: PostgreSQL then leaps through the
    /// index from one to the next, instead of looking at all that meets any of them.
    pub(super) terms: Vec<TermQuery>,
    /// Queries that about as many claims meet, where that is easier to tell of them; empty where it is not. Whatever has a
    /// date behind the beginning of a year and one before its end mostly has one of that year, and each of both alone has
    /// far more.
    pub(super) likely: Vec<TermQuery>,
    /// The language that all claims which fit are of, where it asks for one.
    pub(super) language: Option<String>,
    /// What is to be looked at besides, since terms cannot tell it.
    pub(super) rest: Vec<Expression<ClaimTest>>,
}

/// A query of terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TermQuery {
    /// As a tsquery has it.
    text: String,
    /// Whether a claim without any term meets it.
    met_by_none: bool,
}

/// A part of a filter, translated.
#[derive(Debug)]
struct Part {
    terms: Option<TermQuery>,
    /// Whether the terms tell all of it.
    exact: bool,
}

impl Part {
    const UNKNOWN: Self = Self { terms: None, exact: false };

    fn any(terms: impl IntoIterator<Item = String>, exact: bool) -> Self {
        let terms: Vec<String> = terms.into_iter().map(|term| quoted(&term)).collect();
        // No term at all: nothing fits. There is no word for that but one that no claim has.
        let text = if terms.is_empty() { quoted("no:") } else { terms.join("|") };
        Self { terms: Some(TermQuery { text, met_by_none: false }), exact }
    }

    /// All of some queries, or any of them.
    fn joined(parts: &[TermQuery], all: bool, exact: bool) -> Self {
        let mut met = parts.iter().map(|part| part.met_by_none);
        let met_by_none = if all { met.all(|met| met) } else { met.any(|met| met) };
        let texts: Vec<String> = parts.iter().map(|part| format!("({})", part.text)).collect();
        Self { terms: Some(TermQuery { text: texts.join(if all { "&" } else { "|" }), met_by_none }), exact }
    }
}

/// A lexeme as a tsquery or a tsvector has it.
pub(super) fn quoted(term: &str) -> String {
    let mut text = String::with_capacity(term.len() + 2);
    push_quoted(&mut text, term);
    text
}

/// Adds a lexeme as a tsquery or a tsvector has it.
pub(super) fn push_quoted(text: &mut String, term: &str) {
    text.push('\'');
    for part in term.split_inclusive(['\\', '\'']) {
        text.push_str(part);
        // What means something there stands twice.
        text.extend(part.chars().next_back().filter(|last| matches!(last, '\\' | '\'')));
    }
    text.push('\'');
}

impl TermQuery {
    /// As a tsquery has it.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether all of it is of fields with a few values, each of which very many claims have.
    fn is_coarse(&self) -> bool {
        // What stands between quotation marks.
        let mut lexemes = self.text.split('\'').skip(1).step_by(2);
        lexemes.all(|lexeme| Field::COARSE.iter().any(|field| field.has(lexeme)))
    }

    /// How many lexemes it has.
    fn len(&self) -> usize {
        self.text.split("'").count() / 2
    }

    /// The same, asked of claims of some cells of scores, where each lexeme has its cell behind it, as the function
    /// `terms_by_worth` of the database has it. A claim has terms of one cell alone: of those of all others it has none, and
    /// where that meets the query, it has to meet it in every cell, and else in any.
    pub(super) fn within(&self, cells: RangeInclusive<i64>) -> String {
        let cells = cells.map(|cell| format!("({})", within(&self.text, cell)));
        cells.collect::<Vec<_>>().join(if self.met_by_none { "&" } else { "|" })
    }
}

/// A query whose lexemes have a cell behind them.
fn within(terms: &str, cell: i64) -> String {
    let mut within = String::with_capacity(terms.len() * 2);
    let (mut quoted, mut letters) = (false, terms.chars().peekable());
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => within.extend([Some(letter), letters.next()].into_iter().flatten()),
            '\'' if quoted && letters.peek() == Some(&'\'') => {
                within.extend([Some(letter), letters.next()].into_iter().flatten())
            }
            '\'' => {
                if quoted {
                    within.push_str(&format!("@{cell}"));
                }
                quoted = !quoted;
                within.push(letter);
            }
            _ => within.push(letter),
        }
    }
    within
}

impl Question {
    /// Whether all its terms stand in the index that has them by score.
    pub(super) fn is_by_score(&self) -> bool {
        let left_out = format!("'{}", Field::Uri.term(""));
        !self.terms.is_empty() && !self.terms.iter().any(|terms| terms.text.contains(&left_out))
    }

    /// How many cells of scores it can be asked of at once: more of a few terms than of very many.
    pub(super) fn most_cells(&self) -> i64 {
        let lexemes = self.terms.iter().map(TermQuery::len).max().unwrap_or(0).max(1);
        i64::try_from(MOST_LEXEMES / lexemes).unwrap_or(MOST_CELLS).clamp(2, MOST_CELLS)
    }

    /// Only those of its terms that fewer claims have than most, where there are any; else all.
    pub(super) fn telling(&self) -> Self {
        let telling = |terms: &&TermQuery| !terms.is_coarse();
        let alone = self.terms.iter().filter(telling).any(|terms| !terms.met_by_none);
        let terms = self.terms.iter().filter(|terms| !alone || telling(terms)).cloned().collect();
        Self { terms, ..Self::default() }
    }

    /// Its terms, asked of the claims of some cells of scores.
    pub(super) fn within(&self, cells: &RangeInclusive<i64>) -> Vec<String> {
        let mut within: Vec<String> = self.terms.iter().map(|terms| terms.within(cells.clone())).collect();
        if self.terms.iter().all(|terms| terms.met_by_none) {
            // What is only denied needs something to be denied of: that a claim is of one of the cells.
            within.push(TermQuery { text: quoted(""), met_by_none: false }.within(cells.clone()));
        }
        within
    }

    /// Only claims of a language.
    pub(super) fn of_language(language: &str) -> Self {
        let terms = Part::any([Field::Language.term(language)], true).terms;
        Self { terms: terms.into_iter().collect(), ..Self::default() }
    }

    /// Translates a filter, with the words that the list has for those that are looked for.
    pub(in crate::store) async fn of(
        connection: &mut PgConnection,
        expression: Option<&Expression<ClaimTest>>,
    ) -> Result<Self, StoreError> {
        let parts: &[Expression<ClaimTest>] = match expression {
            None => &[],
            Some(Expression::All(parts)) => parts,
            Some(single) => std::slice::from_ref(single),
        };
        let mut question = Self::default();
        let mut ranges: Vec<Range> = Vec::new();
        for part in parts {
            if let Expression::Test(ClaimTest::Language(TextTest::Is(language))) = part {
                question.language = Some(language.clone());
            }
            let translated = translate(connection, part).await?;
            match Range::of(part) {
                Some(range) => Range::add(&mut ranges, range),
                None => question.likely.extend(translated.terms.clone()),
            }
            question.terms.extend(translated.terms);
            if !translated.exact {
                question.rest.push(part.clone());
            }
        }
        match ranges.iter().any(Range::is_joined) {
            true => question.likely.extend(ranges.iter().filter_map(Range::terms)),
            false => question.likely.clear(),
        }
        Ok(question)
    }

    /// Adds a condition on the terms.
    fn must(&mut self, terms: Option<TermQuery>) {
        if !self.likely.is_empty() {
            self.likely.extend(terms.clone());
        }
        self.terms.extend(terms);
    }

    /// Only claims that wait for a decision.
    pub(in crate::store) fn waiting(mut self) -> Self {
        for term in [
            Field::State.term(ClaimState::Unreviewed.as_str()),
            Field::Succession.term(Succession::Current.as_str()),
        ] {
            self.must(Part::any([term], true).terms);
        }
        self
    }

    /// Adds all conditions, on a `claim c` with its `article a`.
    pub(in crate::store) fn push(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push(
            " AND EXISTS (SELECT FROM claim_search t WHERE t.article_id = c.article_id AND t.claim_id = c.claim_id",
        );
        for terms in &self.terms {
            sql.push(" AND t.terms @@ ").push_bind(terms.text.clone()).push("::tsquery");
        }
        for part in &self.rest {
            sql.push(" AND ");
            filter::push(sql, part, filter::push_claim_test);
        }
        sql.push(")");
    }
}

async fn translate(
    connection: &mut PgConnection,
    expression: &Expression<ClaimTest>,
) -> Result<Part, StoreError> {
    let (parts, all) = match expression {
        Expression::Test(test) => return of_test(connection, test).await,
        Expression::Not(part) => {
            let part = Box::pin(translate(connection, part)).await?;
            // That a claim meets more than what is asked says nothing of what is not asked.
            return Ok(match part {
                Part { terms: Some(TermQuery { text, met_by_none }), exact: true } => {
                    let denied = TermQuery { text: format!("!({text})"), met_by_none: !met_by_none };
                    Part { terms: Some(denied), exact: true }
                }
                _ => Part::UNKNOWN,
            });
        }
        Expression::All(parts) => (parts, true),
        Expression::Any(parts) => (parts, false),
    };
    let (mut terms, mut exact) = (Vec::new(), true);
    for part in parts {
        let part = Box::pin(translate(connection, part)).await?;
        exact &= part.exact;
        match part.terms {
            Some(part) => terms.push(part),
            None if all => {}
            None => return Ok(Part::UNKNOWN),
        }
    }
    if terms.is_empty() {
        return Ok(Part::UNKNOWN);
    }
    Ok(Part::joined(&terms, all, exact))
}

async fn of_test(connection: &mut PgConnection, test: &ClaimTest) -> Result<Part, StoreError> {
    Ok(match test {
        ClaimTest::State(test) => is(Field::State, test),
        ClaimTest::Succession(test) => is(Field::Succession, test),
        ClaimTest::Origin(test) => is(Field::Origin, test),
        ClaimTest::Language(test) => is(Field::Language, test),
        ClaimTest::Modality(test) => is(Field::Modality, test),
        ClaimTest::FindingOutcome(test) => is(Field::Finding, test),
        ClaimTest::PointKind(test) => is(Field::PointKind, test),
        ClaimTest::PointValue(test) => is(Field::PointValue, test),
        ClaimTest::PointUnit(test) => is(Field::Unit, test),
        ClaimTest::SourceRole(test) => is(Field::SourceRole, test),
        ClaimTest::Uri(test) => is(Field::Uri, test),
        ClaimTest::Quote(TextTest::Contains(part)) => in_words(connection, &[Field::Word], part).await?,
        ClaimTest::Publisher(TextTest::Contains(part)) => {
            in_words(connection, &[Field::PublisherWord], part).await?
        }
        ClaimTest::Publisher(test) => is(Field::Publisher, test),
        ClaimTest::SourceName(TextTest::Contains(part)) => {
            in_words(connection, &[Field::NameWord, Field::PublisherWord], part).await?
        }
        ClaimTest::SourceName(TextTest::Is(name)) => {
            Part::any([Field::SourceName.term(name), Field::Publisher.term(name)], true)
        }
        ClaimTest::Text(sought) => of_text(connection, sought).await?,
        ClaimTest::PointNumber(test) => of_number(test),
        ClaimTest::PointDate(comparison, range) => of_date(Field::Date, *comparison, *range),
        // What is compared behind the end begins behind it as well.
        ClaimTest::PublishDate(comparison, range) => of_date(Field::PublishDate, *comparison, *range),
        ClaimTest::CheckWorthiness(test) => of_score(test),
        ClaimTest::Quote(TextTest::Is(quote)) => in_words(connection, &[Field::Word], quote).await?,
        ClaimTest::ReviewCount(_) | ClaimTest::CreateTime(..) | ClaimTest::UpdateTime(..) => Part::UNKNOWN,
    })
}

/// That a field is exactly something. That it contains something is in no term.
fn is(field: Field, test: &TextTest) -> Part {
    match test {
        TextTest::Is(value) => Part::any([field.term(value)], true),
        TextTest::Contains(_) => Part::UNKNOWN,
    }
}

/// A figure may be a range: see `filter::push_range`.
fn of_number(test: &NumberTest) -> Part {
    let terms =
        |cells: Vec<String>| cells.into_iter().map(|cell| Field::Number.term(&cell)).collect::<Vec<_>>();
    let cells = match test.comparison {
        Comparison::Equal => {
            // The smallest cell is in all its larger ones.
            let mut cells = terms(cells::of_number(test.number).pop().into_iter().collect());
            cells.push(Field::WideNumber.term(""));
            cells
        }
        Comparison::Less | Comparison::LessOrEqual => terms(cells::of_numbers(test.number, false)),
        Comparison::Greater | Comparison::GreaterOrEqual => terms(cells::of_numbers(test.number, true)),
    };
    Part::any(cells, false)
}

/// Terms are of the day on which something begins.
fn of_date(field: Field, comparison: Comparison, range: DateRange) -> Part {
    let days = days(comparison, range).map(|(first, last)| cells::of_days(first, last)).unwrap_or_default();
    Part::any(days.iter().map(|day| field.term(day)), comparison != Comparison::Equal)
}

/// On which days something may begin that is compared so; `None` where there are none.
fn days(comparison: Comparison, range: DateRange) -> Option<(Date, Date)> {
    Some(match comparison {
        Comparison::Equal => (range.first, range.last),
        Comparison::Less => (FIRST_DAY, range.first.yesterday().ok()?),
        Comparison::LessOrEqual => (FIRST_DAY, range.last),
        Comparison::Greater => (range.last.tomorrow().ok()?, LAST_DAY),
        Comparison::GreaterOrEqual => (range.first, LAST_DAY),
    })
}

/// The days that all conditions on one field have in common.
#[derive(Debug)]
struct Range {
    field: Field,
    first: Date,
    last: Date,
    /// Of how many conditions.
    conditions: usize,
}

impl Range {
    fn of(part: &Expression<ClaimTest>) -> Option<Self> {
        let (field, days) = match part {
            Expression::Test(ClaimTest::PointDate(comparison, range)) => {
                (Field::Date, days(*comparison, *range))
            }
            Expression::Test(ClaimTest::PublishDate(comparison, range)) => {
                (Field::PublishDate, days(*comparison, *range))
            }
            _ => return None,
        };
        days.map(|(first, last)| Self { field, first, last, conditions: 1 })
    }

    fn add(ranges: &mut Vec<Self>, range: Self) {
        match ranges.iter_mut().find(|known| known.field == range.field) {
            Some(known) => {
                known.first = known.first.max(range.first);
                known.last = known.last.min(range.last);
                known.conditions += range.conditions;
            }
            None => ranges.push(range),
        }
    }

    const fn is_joined(&self) -> bool {
        self.conditions > 1
    }

    fn terms(&self) -> Option<TermQuery> {
        Part::any(cells::of_days(self.first, self.last).iter().map(|day| self.field.term(day)), false).terms
    }
}

fn of_score(test: &NumberTest) -> Part {
    let Some(score) = test.number.to_f64() else { return Part::UNKNOWN };
    let (least, most) = match test.comparison {
        Comparison::Equal => (score, score),
        Comparison::Less | Comparison::LessOrEqual => (0.0, score),
        Comparison::Greater | Comparison::GreaterOrEqual => (score, 1.0),
    };
    match cells::of_scores(least, most.max(least)) {
        Some((level, cells)) => Part::any(cells.map(|cell| Field::Score.cell(level, cell)), false),
        None => Part::UNKNOWN,
    }
}

/// A word of the list.
#[derive(FromRow)]
struct Meant {
    language: String,
    plain: String,
}

/// That a text has all of the words, or inflections or compounds of them: see `words::has_all`.
async fn of_text(connection: &mut PgConnection, text: &str) -> Result<Part, StoreError> {
    let sought = Sought::of(text);
    if sought.is_empty() {
        return Ok(Part::UNKNOWN);
    }
    let mut all = Vec::with_capacity(sought.len());
    for word in &sought {
        // A language that is not among these has no stems. Those that a word has one key in are asked for together.
        let keys: Vec<serde_json::Value> = word
            .keys()
            .into_iter()
            .map(|(language, key)| {
                let part_pieces = key.part.as_deref().map(words::pieces);
                let tail_pieces = key.tail.as_deref().map(words::pieces).filter(|pieces| !pieces.is_empty());
                serde_json::json!({
                    "language": language, "stem": key.stem, "part": key.part, "part_pieces": part_pieces,
                    "tail": key.tail, "tail_pieces": tail_pieces,
                })
            })
            .collect();
        let meant: Vec<Meant> = sqlx::query_as(
            "WITH RECURSIVE present (language) AS (
                 (SELECT language FROM word WHERE language > '' ORDER BY language LIMIT 1)
                 UNION ALL
                 SELECT (SELECT w.language FROM word w WHERE w.language > p.language ORDER BY w.language LIMIT 1)
                   FROM present p WHERE p.language IS NOT NULL
             ), asked AS (
                 SELECT p.language, k.stem, k.part, k.part_pieces, k.tail, k.tail_pieces
                   FROM present p
                   LEFT JOIN jsonb_to_recordset($1)
                             AS k (language text, stem text, part text, part_pieces text[], tail text, tail_pieces text[])
                     ON k.language = p.language
                  WHERE p.language IS NOT NULL
             )
             SELECT w.language, w.plain FROM asked
              CROSS JOIN LATERAL (
                    SELECT language, plain FROM word WHERE language = asked.language AND form = $2
                    UNION
                    SELECT language, plain FROM word WHERE language = asked.language AND stem = asked.stem
                    UNION
                    SELECT language, plain FROM word
                     WHERE pieces @> asked.part_pieces AND language = asked.language AND position(asked.part IN form) > 0
                    UNION
                    SELECT language, plain FROM word
                     WHERE pieces @> asked.tail_pieces AND language = asked.language
                       AND right(stem, length(asked.tail)) = asked.tail
              ) AS w LIMIT $3",
        )
        .bind(Json(keys))
        .bind(word.form())
        .bind(limit())
        .fetch_all(&mut *connection)
        .await?;
        if meant.len() > MOST_MEANT {
            return Err(StoreError::WordTooCommon(word.form().to_owned()));
        }
        let meant = meant.iter().map(|word| Field::Word.word(&word.language, &word.plain));
        all.extend(Part::any(meant, true).terms);
    }
    Ok(Part::joined(&all, true, true))
}

fn limit() -> i64 {
    i64::try_from(MOST_MEANT).unwrap_or(i64::MAX).saturating_add(1)
}

/// That a text contains another one: each word of this is then a part of a word of that, or the text has words that are not
/// in the list. Nothing is told by what is shorter than three letters, or stands in too many words.
async fn in_words(connection: &mut PgConnection, fields: &[Field], text: &str) -> Result<Part, StoreError> {
    let mut all = Vec::new();
    for part in words::tokens(text).map(words::plain) {
        let pieces = words::pieces(&part);
        if pieces.is_empty() {
            continue;
        }
        let names = fields.iter().all(|field| *field != Field::Word);
        let meant: Vec<Meant> = sqlx::query_as(
            "SELECT language, plain FROM word
              WHERE pieces @> $1 AND (language = '') = $2 AND position($3 IN plain) > 0 LIMIT $4",
        )
        .bind(pieces.into_iter().collect::<Vec<_>>())
        .bind(names)
        .bind(&part)
        .bind(limit())
        .fetch_all(&mut *connection)
        .await?;
        if meant.len() > MOST_MEANT {
            continue;
        }
        let meant =
            meant.iter().flat_map(|word| fields.iter().map(|field| field.word(&word.language, &word.plain)));
        let left_out = fields.iter().map(|field| field.left_out());
        all.extend(Part::any(meant.chain(left_out), false).terms);
    }
    if all.is_empty() {
        return Ok(Part::UNKNOWN);
    }
    Ok(Part::joined(&all, true, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_stands_in_quotation_marks() {
        assert_eq!(quoted("un:EUR"), "'un:EUR'");
        assert_eq!(quoted(r"pu:O'Neill \ Sons' & !"), r"'pu:O''Neill \\ Sons'' & !'");
    }

    #[test]
    fn a_query_within_a_cell_has_the_cell_behind_each_lexeme() {
        assert_eq!(within(r"!('a:b''c'|'d:\\''e')&'f'", 7), r"!('a:b''c@7'|'d:\\''e@7')&'f@7'");
    }

    #[test]
    fn what_is_denied_is_denied_in_every_cell() {
        let term = |term: &str| Part::any([term.to_owned()], true).terms.expect("a query");
        let denied = TermQuery { text: "!('b')".to_owned(), met_by_none: true };
        let mut question = Question { terms: vec![denied.clone()], ..Question::default() };
        assert_eq!(question.within(&(7..=8)), ["(!('b@7'))&(!('b@8'))", "('@7')|('@8')"]);
        question.must(Part::joined(&[term("a"), denied], true, true).terms);
        assert_eq!(question.within(&(7..=8))[1], "(('a@7')&(!('b@7')))|(('a@8')&(!('b@8')))");
        assert_eq!(question.within(&(7..=8)).len(), 2);
    }

    #[test]
    fn very_many_words_are_asked_of_few_cells_at_once() {
        let of = |words: usize| Question {
            terms: Part::any((0..words).map(|word| format!("wo:de:w{word}")), true)
                .terms
                .into_iter()
                .collect(),
            ..Question::default()
        };
        assert_eq!([1, 100, 5_000].map(|words| of(words).most_cells()), [128, 81, 2]);
    }

    #[test]
    fn what_most_claims_have_is_looked_at_last() {
        let query = |text: &str, met_by_none| TermQuery { text: text.to_owned(), met_by_none };
        let of = |terms: &[TermQuery]| {
            let question = Question { terms: terms.to_vec(), ..Question::default() };
            question.telling().terms.into_iter().map(|terms| terms.text).collect::<Vec<_>>()
        };
        let (language, state) = (query("'la:de'|'la:en'", false), query("!('st:VERIFIED')", true));
        let (publisher, denied) = (query("'pu:Bote''s la:'", false), query("!('pu:Bote')", true));
        assert_eq!(of(&[language.clone(), publisher.clone(), state.clone()]), [publisher.text()]);
        assert_eq!(
            of(&[language.clone(), publisher.clone(), denied.clone()]),
            [publisher.text(), denied.text()]
        );
        assert_eq!(of(&[language.clone(), denied.clone()]), [language.text(), denied.text()]);
        assert_eq!(of(&[language.clone(), state.clone()]), [language.text(), state.text()]);
    }

    #[test]
    fn dates_are_compared_by_their_cells() {
        let range = DateRange { first: date(2023, 1, 1), last: date(2023, 12, 31) };
        let terms = |comparison| of_date(Field::Date, comparison, range).terms.expect("terms").text;
        assert_eq!(terms(Comparison::Equal), "'da:2023'");
        assert!(terms(Comparison::Greater).starts_with("'da:2024'|"));
        assert!(terms(Comparison::Less).ends_with("'da:2021'|'da:2022'"), "{}", terms(Comparison::Less));
    }
}
