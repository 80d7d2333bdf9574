//! Resource names: `articles/{article}/claims/{claim}/reviews/{review}`.

use crate::store::{ArticleId, ClaimKey};

/// What stands for any one of its kind in a parent.
const ANY: &str = "-";

/// A text that is no resource name of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{given}\" is no such name; write {form}, such as {example}")]
pub struct NameError {
    given: String,
    form: &'static str,
    example: &'static str,
}

const ARTICLE: (&str, &str) = ("articles/{article}", "articles/k3f9w2m8q0x7t5bz");
const ARTICLES: (&str, &str) = ("articles/{article} or articles/-", "articles/k3f9w2m8q0x7t5bz");
const CLAIM: (&str, &str) = ("articles/{article}/claims/{claim}", "articles/k3f9w2m8q0x7t5bz/claims/7");
const CLAIMS: (&str, &str) =
    ("articles/{article}/claims/{claim}, with - for any", "articles/k3f9w2m8q0x7t5bz/claims/7");
const TOKEN: (&str, &str) = ("tokens/{token}", "tokens/5f3c9a0b1d2e4f67");
const CHANGED: (&str, &str) =
    ("articles/{article} or articles/{article}/claims/{claim}", "articles/k3f9w2m8q0x7t5bz/claims/7");

fn error(given: &str, (form, example): (&'static str, &'static str)) -> NameError {
    // A name is short; what is not one is shown only as far as it helps.
    NameError { given: given.chars().take(100).collect(), form, example }
}

/// The name of an article.
pub(super) fn article(id: &ArticleId) -> String {
    format!("articles/{id}")
}

/// The name of a claim.
pub(super) fn claim(key: &ClaimKey) -> String {
    format!("articles/{}/claims/{}", key.article, key.claim)
}

/// The name of a review.
pub(super) fn review(key: &ClaimKey, review: i32) -> String {
    format!("{}/reviews/{review}", claim(key))
}

/// The name of a change.
pub(super) fn change(id: &ArticleId, position: i64) -> String {
    format!("articles/{id}/changes/{position}")
}

/// The name of a token.
pub(super) fn token(id: &str) -> String {
    format!("tokens/{id}")
}

/// Reads the name of a token: its identifier.
pub(super) fn parse_token(name: &str) -> Result<&str, NameError> {
    let plain = |id: &&str| (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric());
    name.strip_prefix("tokens/").filter(plain).ok_or_else(|| error(name, TOKEN))
}

/// Reads a parent that is an article or a claim.
pub(super) fn parse_changed(name: &str) -> Result<(ArticleId, Option<i32>), NameError> {
    let read = match split(name) {
        Some(_) => parse_claim(name).map(|key| (key.article, Some(key.claim))),
        None => parse_article(name).map(|article| (article, None)),
    };
    read.map_err(|_| error(name, CHANGED))
}

/// Reads the name of an article.
pub(super) fn parse_article(name: &str) -> Result<ArticleId, NameError> {
    name.strip_prefix("articles/").and_then(|id| id.parse().ok()).ok_or_else(|| error(name, ARTICLE))
}

/// Reads a parent that is an article or, with `-`, all of them.
pub(super) fn parse_articles(name: &str) -> Result<Option<ArticleId>, NameError> {
    if name.strip_prefix("articles/") == Some(ANY) {
        return Ok(None);
    }
    parse_article(name).map(Some).map_err(|_| error(name, ARTICLES))
}

/// Reads the name of a claim.
pub(super) fn parse_claim(name: &str) -> Result<ClaimKey, NameError> {
    split(name)
        .and_then(|(article, claim)| Some(ClaimKey { article: article.parse().ok()?, claim: number(claim)? }))
        .ok_or_else(|| error(name, CLAIM))
}

/// Reads a parent that is a claim, or several with `-` for the article, the claim or both.
pub(super) fn parse_claims(name: &str) -> Result<(Option<ArticleId>, Option<i32>), NameError> {
    let read = || {
        let (article, claim) = split(name)?;
        let article = if article == ANY { None } else { Some(article.parse().ok()?) };
        let claim = if claim == ANY { None } else { Some(number(claim)?) };
        // The seventh claim of any article is nothing that anybody can mean.
        (article.is_some() || claim.is_none()).then_some((article, claim))
    };
    read().ok_or_else(|| error(name, CLAIMS))
}

fn split(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix("articles/")?.split_once("/claims/")
}

/// Reads a number in its only form: no sign, no zeros before it.
fn number(text: &str) -> Option<i32> {
    let digits = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    if digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_written() {
        let key = ClaimKey { article: ArticleId::of("", "text"), claim: 7 };
        assert_eq!(parse_claim(&claim(&key)), Ok(key.clone()));
        assert_eq!(parse_article(&article(&key.article)), Ok(key.article.clone()));
        assert_eq!(parse_articles("articles/-"), Ok(None));
        assert_eq!(parse_changed(&article(&key.article)), Ok((key.article.clone(), None)));
        assert_eq!(parse_changed(&claim(&key)), Ok((key.article.clone(), Some(7))));
        assert_eq!(parse_claims("articles/-/claims/-"), Ok((None, None)));
        assert_eq!(
            parse_claims(&format!("articles/{}/claims/-", key.article)),
            Ok((Some(key.article), None))
        );
    }

    #[test]
    fn anything_else_is_answered_with_the_form() {
        for wrong in [
            "",
            "articles/",
            "articles/-",
            "articles/abc/claims/1",
            "claims/7",
            "articles/0123456789abcdef/claims/0",
            "articles/0123456789abcdef/claims/07",
            "articles/0123456789abcdef/claims/+7",
            "articles/0123456789abcdef/claims/99999999999",
            "articles/0123456789abcdef/claims/7/",
        ] {
            let error = parse_claim(wrong).expect_err(wrong);
            assert!(error.to_string().contains("articles/{article}/claims/{claim}"), "{error}");
        }
        assert!(parse_claims("articles/-/claims/7").is_err());
        for wrong in ["", "tokens/", "tokens/-", "5f3c", "tokens/5f/3c", "tokens/5f\0"] {
            assert!(parse_token(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse_token(&token("5f3c")), Ok("5f3c"));
        for wrong in
            ["", "articles/-", "articles/0123456789abcdef/claims/-", "articles/0123456789abcdef/changes/1"]
        {
            assert!(parse_changed(wrong).is_err(), "{wrong}");
        }
    }
}
