//! What became of the claims of an article in its next version.

use std::collections::{HashMap, HashSet, VecDeque};

use super::{Claim, PointValue, SourceRole, keyword::keywords};

keywords! {
    /// What became of a claim in the next version of its article.
    Succession, "succession", {
        /// There is no next version.
        Current = "CURRENT",
        /// It stands there as it was.
        Kept = "KEPT",
        /// It stands there with a change.
        Changed = "CHANGED",
        /// It does not stand there.
        Vanished = "VANISHED",
    }
}

/// From this similarity on, a statement is taken for a changed one rather than for another one.
const SIMILAR: f64 = 0.6;
/// A word that more claims have than this tells none of them from the others.
const COMMON: usize = 16;
/// So many claims are compared with each at most.
const COMPARED: usize = 8;

/// A claim of a version before, and the one that goes on from it; by their positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Continued {
    /// Its position among the old claims.
    pub old: usize,
    /// Its position among the new claims.
    pub new: usize,
    /// Whether nothing that a verdict rests on has changed.
    pub kept: bool,
}

impl Claim {
    /// Whether a verdict on one claim is one on the other, a version of the same article: it says the same, in the same way,
    /// by the same sources, and every date, figure and record in it has the same value.
    ///
    /// What has no time of its own, such as "now", means another time where the publish date is another one.
    #[must_use]
    pub fn continues(&self, old: &Self) -> bool {
        self.substance() == old.substance() && self.is_of_the_time_of(old)
    }

    /// Everything that a verdict rests on, as text.
    fn substance(&self) -> String {
        let points: Vec<_> = self.points.iter().map(|point| (&point.text, &point.value)).collect();
        // Evidence is what reviewers added; it is no part of what is said.
        let named = self.sources.iter().filter(|source| source.role != SourceRole::Evidence);
        let sources: Vec<_> = named.map(|source| (source.role, &source.name, source.anonymous)).collect();
        serde_json::json!([self.quote, self.language, self.modality, points, sources]).to_string()
    }

    fn is_of_the_time_of(&self, old: &Self) -> bool {
        self.published() == old.published()
            || self.points.iter().all(|point| match &point.value {
                PointValue::Date(date) => date.begin.is_some(),
                PointValue::Figure(_) | PointValue::Record(_) => true,
            })
    }
}

/// Finds for the claims of a new version those of the old one that they go on from, in about linear time. Each claim is in
/// at most one pair. First come those that are the same, then those of the same words, in the order of the texts; then, of
/// what is left, the most similar, where `by_similarity` lets an old claim be found so.
#[must_use]
pub fn continued(old: &[&Claim], new: &[&Claim], by_similarity: impl Fn(usize) -> bool) -> Vec<Continued> {
    let mut pairs = Vec::new();
    let mut alike: HashMap<String, VecDeque<usize>> = HashMap::new();
    for (at, claim) in old.iter().enumerate() {
        alike.entry(claim.substance()).or_default().push_back(at);
    }
    let mut open = Vec::new();
    for (at, claim) in new.iter().enumerate() {
        let first = alike.get_mut(&claim.substance()).filter(|candidates| {
            candidates.front().is_some_and(|before| claim.is_of_the_time_of(old[*before]))
        });
        match first.and_then(VecDeque::pop_front) {
            Some(old) => pairs.push(Continued { old, new: at, kept: true }),
            None => open.push(at),
        }
    }
    let mut left: Vec<usize> = alike.into_values().flatten().collect();
    left.sort_unstable();
    let mut of_words: HashMap<&str, VecDeque<usize>> = HashMap::new();
    for at in left {
        of_words.entry(&old[at].quote).or_default().push_back(at);
    }
    open.retain(|at| {
        let same_words = of_words.get_mut(new[*at].quote.as_str()).and_then(VecDeque::pop_front);
        pairs.extend(same_words.map(|old| Continued { old, new: *at, kept: false }));
        same_words.is_none()
    });
    let mut gone: Vec<usize> = of_words.into_values().flatten().filter(|at| by_similarity(*at)).collect();
    gone.sort_unstable();
    pairs.extend(similar(old, &gone, new, &open));
    pairs.sort_unstable_by_key(|pair| pair.new);
    pairs
}

/// Pairs what is most similar first. Only claims that share a word which few have are compared at all.
fn similar(old: &[&Claim], gone: &[usize], new: &[&Claim], open: &[usize]) -> Vec<Continued> {
    let mut having: HashMap<String, Vec<usize>> = HashMap::new();
    for at in gone {
        for word in words(&old[*at].quote) {
            having.entry(word).or_default().push(*at);
        }
    }
    let mut found = Vec::new();
    for at in open {
        let mut shared: HashMap<usize, usize> = HashMap::new();
        for word in words(&new[*at].quote) {
            for before in having.get(&word).into_iter().filter(|having| having.len() <= COMMON).flatten() {
                *shared.entry(*before).or_default() += 1;
            }
        }
        let mut candidates: Vec<_> = shared.into_iter().collect();
        candidates.sort_unstable_by_key(|(before, count)| (std::cmp::Reverse(*count), *before));
        for (before, _) in candidates.into_iter().take(COMPARED) {
            let score = strsim::sorensen_dice(&old[before].quote, &new[*at].quote);
            if score >= SIMILAR {
                found.push((score, before, *at));
            }
        }
    }
    found.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let (mut taken, mut given) = (HashSet::new(), HashSet::new());
    found.retain(|(_, old, new)| {
        let free = !taken.contains(old) && !given.contains(new);
        if free {
            taken.insert(*old);
            given.insert(*new);
        }
        free
    });
    found.into_iter().map(|(_, old, new)| Continued { old, new, kept: false }).collect()
}

/// The words of a text, each once.
fn words(text: &str) -> HashSet<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::claim::{DateValue, Figure, FigureKind, Modality, Point, Source, Span, TimexType};

    fn claim(quote: &str) -> Claim {
        Claim {
            quote: quote.to_owned(),
            span: None,
            points: Vec::new(),
            sources: vec![published("2024-06-19")],
            modality: Modality::Asserted,
            check_worthiness: 0.5,
            check_worthiness_reasons: Vec::new(),
            findings: Vec::new(),
            language: "de".to_owned(),
        }
    }

    fn published(date: &str) -> Source {
        Source { date: date.parse().ok(), ..Source::named(SourceRole::Publication, "Courier") }
    }

    fn point(value: PointValue) -> Arc<Point> {
        let (span, text) = (Span::new(0, 1), "x".into());
        Arc::new(Point { span, text, value, derivation: "".into(), pattern: "".into() })
    }

    fn date(value: &str, begin: Option<&str>) -> Arc<Point> {
        point(PointValue::Date(DateValue {
            timex_type: TimexType::Date,
            value: value.into(),
            begin: begin.map(Into::into),
            end: None,
        }))
    }

    fn figure(value: i64) -> Arc<Point> {
        point(PointValue::Figure(Figure {
            kind: FigureKind::Number,
            value: value.into(),
            max: None,
            unit: "".into(),
            counted: "".into(),
            approximate: false,
            bound: None,
        }))
    }

    fn pairs(old: &[Claim], new: &[Claim]) -> Vec<(usize, usize, bool)> {
        let (old, new): (Vec<_>, Vec<_>) = (old.iter().collect(), new.iter().collect());
        continued(&old, &new, |_| true).into_iter().map(|it| (it.old, it.new, it.kept)).collect()
    }

    #[test]
    fn a_claim_goes_on_where_nothing_that_it_says_differs() {
        let old = Claim { points: vec![figure(3)], ..claim("a") };
        assert!(old.clone().continues(&old));
        for other in [
            Claim { quote: "b".to_owned(), ..old.clone() },
            Claim { points: vec![figure(4)], ..old.clone() },
            Claim { points: vec![date("2024", Some("2024-01-01"))], ..old.clone() },
            Claim { points: Vec::new(), ..old.clone() },
            Claim { modality: Modality::Denied, ..old.clone() },
            Claim { sources: vec![Source::named(SourceRole::Publication, "Herald")], ..old.clone() },
            Claim {
                sources: vec![published("2024-06-19"), Source::named(SourceRole::Speaker, "Ann")],
                ..old.clone()
            },
        ] {
            assert!(!other.continues(&old), "{other:?}");
        }
        let mut moved = Claim { span: Some(Span::new(7, 8)), check_worthiness: 0.1, ..old.clone() };
        Arc::make_mut(&mut moved.points[0]).span = Span::new(9, 10);
        moved.sources.push(Source::named(SourceRole::Evidence, "Register"));
        assert!(moved.continues(&old));
    }

    #[test]
    fn now_is_another_time_where_the_article_is_of_another_day() {
        let on = |day: &str, point: &Arc<Point>| Claim {
            sources: vec![published(day)],
            points: vec![point.clone()],
            ..claim("a")
        };
        for (point, goes_on) in
            [(date("PRESENT_REF", None), false), (date("2023", Some("2023-01-01")), true), (figure(3), true)]
        {
            assert_eq!(on("2024-06-20", &point).continues(&on("2024-06-19", &point)), goes_on, "{point:?}");
            assert!(on("2024-06-19", &point).continues(&on("2024-06-19", &point)));
        }
    }

    #[test]
    fn claims_find_each_other_by_content_then_by_words_then_by_similarity() {
        let said = |quote: &str, value| Claim { points: vec![figure(value)], ..claim(quote) };
        let old = [
            said("Es waren drei.", 3),
            said("Es waren drei.", 3),
            said("Die Stadt hat einen neuen Bahnhof.", 1),
            said("Der Umsatz stieg im Mai um 7 Prozent.", 7),
        ];
        let new = [
            said("Der Umsatz stieg im Mai um 8 Prozent.", 8),
            said("Es waren drei.", 3),
            said("Davon ist hier nirgends die Rede.", 1),
            said("Es waren drei.", 4),
        ];
        assert_eq!(pairs(&old, &new), [(3, 0, false), (0, 1, true), (1, 3, false)]);
        assert_eq!(pairs(&[], &new), []);
        assert_eq!(pairs(&old, &[]), []);
    }

    #[test]
    fn thousands_of_changed_claims_are_paired_in_good_time() {
        let text = |year: usize| {
            (10_000..14_000)
                .map(|at| claim(&format!("Im Ort {at} standen {year} Häuser.")))
                .collect::<Vec<_>>()
        };
        let pairs = pairs(&text(1990), &text(1991));
        assert!(pairs.iter().all(|(old, new, kept)| old == new && !kept) && pairs.len() == 4000);
    }
}
