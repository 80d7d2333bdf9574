//! Names of articles and claims, as people write them: `k3f/7` for `articles/k3f/claims/7`.

/// A text that names nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{given}\" names no {what}; write {forms}")]
pub(super) struct InvalidName {
    given: String,
    what: &'static str,
    forms: &'static str,
}

/// The full name of an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ArticleName(pub(super) String);

/// The full name of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ClaimName(pub(super) String);

/// The full name of an article or of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EitherName(pub(super) String);

impl std::str::FromStr for EitherName {
    type Err = InvalidName;

    fn from_str(given: &str) -> Result<Self, InvalidName> {
        let claim = given.parse::<ClaimName>().map(|name| Self(name.0));
        claim.or_else(|_| given.parse::<ArticleName>().map(|name| Self(name.0))).map_err(|_| InvalidName {
            given: given.to_owned(),
            what: "article or claim",
            forms: "ARTICLE or ARTICLE/NUMBER",
        })
    }
}

impl std::str::FromStr for ArticleName {
    type Err = InvalidName;

    fn from_str(given: &str) -> Result<Self, InvalidName> {
        match parts(given).as_slice() {
            ["articles", article] | [article] if *article != "articles" => {
                Ok(Self(format!("articles/{article}")))
            }
            _ => Err(InvalidName {
                given: given.to_owned(),
                what: "article",
                forms: "ARTICLE or articles/ARTICLE",
            }),
        }
    }
}

impl std::str::FromStr for ClaimName {
    type Err = InvalidName;

    fn from_str(given: &str) -> Result<Self, InvalidName> {
        match parts(given).as_slice() {
            ["articles", article, "claims", claim] | [article, claim] if *article != "articles" => {
                Ok(Self(format!("articles/{article}/claims/{claim}")))
            }
            _ => Err(InvalidName {
                given: given.to_owned(),
                what: "claim",
                forms: "ARTICLE/NUMBER or articles/ARTICLE/claims/NUMBER",
            }),
        }
    }
}

/// The segments between slashes; none at all if one of them could not stand in a name.
fn parts(given: &str) -> Vec<&str> {
    let parts: Vec<&str> = given.trim().split('/').collect();
    let fits =
        |part: &&str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control());
    if parts.iter().all(fits) { parts } else { Vec::new() }
}

/// The short form of a claim's name, `ARTICLE/NUMBER`.
pub(super) fn short(claim: &str) -> String {
    match claim.split('/').collect::<Vec<_>>().as_slice() {
        ["articles", article, "claims", claim] => format!("{article}/{claim}"),
        _ => claim.to_owned(),
    }
}

/// The last segment of a name: the number of a claim.
pub(super) fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// The name of the article that a claim belongs to.
pub(super) fn article_of(claim: &str) -> &str {
    claim.split_once("/claims/").map_or(claim, |(article, _)| article)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_full_names_mean_the_same() {
        for given in ["k3f/7", "articles/k3f/claims/7", " k3f/7 "] {
            assert_eq!(given.parse(), Ok(ClaimName("articles/k3f/claims/7".to_owned())), "{given}");
        }
        for given in ["k3f", "articles/k3f"] {
            assert_eq!(given.parse(), Ok(ArticleName("articles/k3f".to_owned())), "{given}");
        }
    }

    #[test]
    fn one_or_the_other_is_meant() {
        let full = |given: &str| given.parse::<EitherName>().map(|name| name.0).ok();
        assert_eq!(full("k3f").as_deref(), Some("articles/k3f"));
        assert_eq!(full("articles/k3f").as_deref(), Some("articles/k3f"));
        assert_eq!(full("k3f/7").as_deref(), Some("articles/k3f/claims/7"));
        assert_eq!(full("a/b/c"), None);
    }

    #[test]
    fn other_texts_are_no_names() {
        for given in [
            "",
            "/",
            "k3f",
            "k3f/",
            "/7",
            "articles/k3f",
            "articles/k3f/reviews/7",
            "a/b/c",
            "k3f/7/8",
            "k 3/7",
        ] {
            assert!(given.parse::<ClaimName>().is_err(), "{given}");
        }
        for given in ["", "articles", "articles/", "k3f/7", "articles/k3f/claims/7"] {
            assert!(given.parse::<ArticleName>().is_err(), "{given}");
        }
    }

    #[test]
    fn a_name_has_its_parts() {
        assert_eq!(short("articles/k3f/claims/7"), "k3f/7");
        assert_eq!(last("articles/k3f/claims/7"), "7");
        assert_eq!(article_of("articles/k3f/claims/7"), "articles/k3f");
    }
}
