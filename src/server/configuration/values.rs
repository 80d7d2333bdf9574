//! Values as they stand in flags, variables and the file, read and checked.

use std::{
    fmt::Display,
    fs,
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    ops::RangeInclusive,
    path::{Path, PathBuf},
    str::FromStr,
};

use sqlx::postgres::PgConnectOptions;

use super::ConfigurationError;

pub(super) fn address(setting: &'static str, text: &str) -> Result<SocketAddr, ConfigurationError> {
    let wrong = |problem: String| ConfigurationError::Setting { setting, problem };
    let mut found = text.to_socket_addrs().map_err(|error| {
        wrong(format!("\"{text}\" is no address ({error}); write it as 127.0.0.1:7878 or [::1]:7878"))
    })?;
    found.next().ok_or_else(|| wrong(format!("\"{text}\" has no address")))
}

/// A text, if there is something in it: an empty variable is as good as none.
pub(super) fn text(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

/// A path, if there is something in it.
pub(super) fn path(path: Option<PathBuf>) -> Option<PathBuf> {
    path.filter(|path| !path.as_os_str().is_empty())
}

pub(super) fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

pub(super) fn number<T: FromStr>(
    setting: &'static str,
    text: Option<String>,
) -> Result<Option<T>, ConfigurationError> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    let problem =
        || ConfigurationError::Setting { setting, problem: format!("\"{text}\" is no whole number") };
    text.trim().parse().map(Some).map_err(|_| problem())
}

/// A number of the flag or the environment, else the one that stands for it; it must be within a range.
pub(super) fn within<T: FromStr + PartialOrd + Display>(
    setting: &'static str,
    given: Option<String>,
    otherwise: T,
    range: RangeInclusive<T>,
) -> Result<T, ConfigurationError> {
    let value = number(setting, given)?.unwrap_or(otherwise);
    if range.contains(&value) {
        return Ok(value);
    }
    let problem = format!("{value} is not from {} to {}", range.start(), range.end());
    Err(ConfigurationError::Setting { setting, problem })
}

pub(super) fn truth(setting: &'static str, word: &str) -> Result<bool, ConfigurationError> {
    match word.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => {
            let problem = format!("\"{word}\" is neither true nor false");
            Err(ConfigurationError::Setting { setting, problem })
        }
    }
}

pub(super) fn connect_options(
    setting: &'static str,
    url: &str,
    password: Option<&Path>,
) -> Result<PgConnectOptions, ConfigurationError> {
    let wrong = |problem: String| ConfigurationError::Setting { setting, problem };
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(wrong(
            "it is no URL of PostgreSQL; write postgres://user:password@host/database".to_owned(),
        ));
    }
    // The URL may hold a password: the error says what is wrong, and does not repeat it.
    let options: PgConnectOptions =
        url.parse().map_err(|error: sqlx::Error| wrong(format!("it cannot be read: {error}")))?;
    let Some(path) = password else { return Ok(options) };
    let unreadable = |source| ConfigurationError::Unreadable { path: path.to_owned(), source };
    let password = fs::read_to_string(path).map_err(unreadable)?;
    // Whoever writes a file with an editor ends it with a line break.
    Ok(options.password(password.trim_end_matches(['\n', '\r'])))
}
