//! A reviewed claim as a ClaimReview of schema.org, with what Google's documentation asks of one.

use serde_json::{Map, Value, json};

use crate::{claim::Verdict, proto::v1};

/// The scale of truth: how false and how true a claim can be.
const SCALE: (u8, u8) = (1, 5);

/// Who publishes, where, and in which words.
#[derive(Debug, Clone)]
pub(super) struct Publisher {
    /// The organisation that reviewed the claims.
    pub(super) name: String,
    /// Its address; may be empty.
    pub(super) home: String,
    /// Where a check is published, with {article} and {claim} for the parts of the claim's name.
    pub(super) page: String,
    /// The words for a verdict, where they are other than ours.
    pub(super) words: Vec<(Verdict, String)>,
}

impl Publisher {
    fn words(&self, verdict: Verdict) -> String {
        let given = self.words.iter().rev().find(|(of, _)| *of == verdict);
        given.map(|(_, words)| words.clone()).unwrap_or_else(|| {
            let word = verdict.to_string().to_lowercase();
            word.get(..1).unwrap_or_default().to_uppercase() + word.get(1..).unwrap_or_default()
        })
    }

    fn page(&self, claim: &str) -> String {
        let mut parts = claim.split('/').skip(1).step_by(2);
        let (article, claim) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        self.page.replace("{article}", article).replace("{claim}", claim)
    }
}

/// The claim as it was decided on by a review.
pub(super) fn claim_review(
    claim: &v1::Claim,
    verdict: Verdict,
    review: &v1::Review,
    publisher: &Publisher,
) -> Value {
    let mut author = named("Organization", &publisher.name);
    put(&mut author, "url", &publisher.home);
    let mut document = typed("ClaimReview");
    document.insert("@context".to_owned(), "https://schema.org".into());
    put(&mut document, "url", &publisher.page(&claim.name));
    put(&mut document, "claimReviewed", &claim.quote);
    document.insert("author".to_owned(), author.into());
    document.insert("reviewRating".to_owned(), rating(verdict, &publisher.words(verdict)));
    document.insert("itemReviewed".to_owned(), item(claim));
    put(&mut document, "datePublished", &day(review));
    put(&mut document, "inLanguage", &claim.language);
    let evidence: Vec<Value> =
        review.evidence.iter().map(|piece| work(&piece.uri, &piece.publisher)).collect();
    if !evidence.is_empty() {
        document.insert("citation".to_owned(), evidence.into());
    }
    document.into()
}

/// The day of the decision.
fn day(review: &v1::Review) -> String {
    let time = review.create_time.as_ref();
    let time = time.and_then(|time| jiff::Timestamp::new(time.seconds, time.nanos).ok());
    time.map(|time| jiff::tz::Offset::UTC.to_datetime(time).date().to_string()).unwrap_or_default()
}

/// What cannot be told is neither true nor false: it has words, and no place on the scale.
fn rating(verdict: Verdict, words: &str) -> Value {
    let (worst, best) = SCALE;
    let mut rating = typed("Rating");
    put(&mut rating, "alternateName", words);
    let value = match verdict {
        Verdict::Verified => best,
        Verdict::Disputed => worst,
        _ => return rating.into(),
    };
    for (key, number) in [("ratingValue", value), ("bestRating", best), ("worstRating", worst)] {
        rating.insert(key.to_owned(), number.into());
    }
    rating.into()
}

/// The claim itself: who made it, when, and where it stands.
fn item(claim: &v1::Claim) -> Value {
    let with = |role: &'static str| claim.sources.iter().filter(move |source| source.role == role);
    let mut item = typed("Claim");
    let publication = with("PUBLICATION").next();
    let speakers: Vec<Value> = with("SPEAKER")
        .filter(|source| !source.anonymous && !source.name.is_empty())
        .map(|source| named("Person", &source.name).into())
        .collect();
    let publisher = publication.map(|source| source.publisher.as_str()).filter(|name| !name.is_empty());
    let author = match (speakers.as_slice(), publisher) {
        ([one], _) => Some(one.clone()),
        // Nobody else is said to say so, not even without a name: the article does.
        ([], Some(name)) if with("SPEAKER").next().is_none() => Some(named("Organization", name).into()),
        ([], _) => None,
        _ => Some(speakers.into()),
    };
    item.extend(author.map(|author| ("author".to_owned(), author)));
    if let Some(source) = publication {
        put(&mut item, "datePublished", &source.date);
        if !source.uri.is_empty() {
            item.insert("appearance".to_owned(), work(&source.uri, &source.publisher));
        }
    }
    item.into()
}

/// Something published.
fn work(url: &str, publisher: &str) -> Value {
    let mut work = typed("CreativeWork");
    put(&mut work, "url", url);
    if !publisher.is_empty() {
        work.insert("publisher".to_owned(), named("Organization", publisher).into());
    }
    work.into()
}

fn typed(kind: &str) -> Map<String, Value> {
    Map::from_iter([("@type".to_owned(), json!(kind))])
}

fn named(kind: &str, name: &str) -> Map<String, Value> {
    let mut thing = typed(kind);
    put(&mut thing, "name", name);
    thing
}

/// Sets a property that has a value.
fn put(thing: &mut Map<String, Value>, key: &str, text: &str) {
    if !text.is_empty() {
        thing.insert(key.to_owned(), text.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(role: &str, name: &str) -> v1::Source {
        v1::Source { role: role.to_owned(), name: name.to_owned(), ..v1::Source::default() }
    }

    fn authors(sources: Vec<v1::Source>) -> Value {
        let publication = v1::Source { publisher: "Courier".to_owned(), ..source("PUBLICATION", "") };
        let sources = [vec![publication], sources].concat();
        item(&v1::Claim { sources, ..v1::Claim::default() })["author"].take()
    }

    #[test]
    fn a_claim_is_by_whoever_says_so() {
        assert_eq!(authors(vec![source("SPEAKER", "Ann")]), json!({"@type": "Person", "name": "Ann"}));
        assert_eq!(
            authors(vec![source("SPEAKER", "Ann"), source("SPEAKER", "Bo"), source("RELAY", "X")]),
            json!([{"@type": "Person", "name": "Ann"}, {"@type": "Person", "name": "Bo"}])
        );
        assert_eq!(authors(vec![]), json!({"@type": "Organization", "name": "Courier"}));
        let unnamed = v1::Source { anonymous: true, ..source("SPEAKER", "officials") };
        assert_eq!(authors(vec![unnamed]), Value::Null);
    }

    #[test]
    fn a_page_and_words_are_those_of_the_publisher() {
        let publisher = Publisher {
            name: "Desk".to_owned(),
            home: String::new(),
            page: "https://example.org/{article}#{claim}".to_owned(),
            words: vec![(Verdict::Disputed, "Falsch".to_owned())],
        };
        assert_eq!(publisher.page("articles/k3f/claims/7"), "https://example.org/k3f#7");
        assert_eq!(publisher.words(Verdict::Disputed), "Falsch");
        assert_eq!(publisher.words(Verdict::Verified), "Verified");
    }
}
