//! The part of the configuration that says whose web pages may call.

use http::{HeaderValue, Uri};

use super::ConfigurationError;

/// Whose web pages may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::server) enum WebOrigins {
    /// Any.
    Any,
    /// Those of these origins.
    Listed(Vec<HeaderValue>),
}

impl WebOrigins {
    pub(super) fn read(text: &str) -> Result<Self, ConfigurationError> {
        if text.trim() == "*" {
            return Ok(Self::Any);
        }
        let origin = |word: &str| {
            let wrong = || ConfigurationError::Setting {
                setting: "web-origins",
                problem: format!(
                    "\"{word}\" is no origin; write it as https://desk.example.org, without a path"
                ),
            };
            let uri: Uri = word.parse().map_err(|_| wrong())?;
            let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
                return Err(wrong());
            };
            // A browser says no more than that of a page.
            if !uri.path().trim_end_matches('/').is_empty() || !matches!(scheme, "http" | "https") {
                return Err(wrong());
            }
            HeaderValue::try_from(format!("{scheme}://{authority}")).map_err(|_| wrong())
        };
        Ok(Self::Listed(text.split(',').map(|word| origin(word.trim())).collect::<Result<_, _>>()?))
    }
}
