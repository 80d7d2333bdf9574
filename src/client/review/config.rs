//! The configuration of the review screen: tabs, keys, colours.

use std::{
    collections::BTreeMap,
    env, fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;

use super::{
    keymap::{KeyError, Keymap},
    theme::{ColorError, Theme},
};

/// What a list is ordered by where a tab does not say: as the queue is.
const ORDER: &str = "check_worthiness desc";

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConfigError {
    #[error("cannot read {}: {cause}", path.display())]
    Read { path: PathBuf, cause: io::Error },
    #[error("{}: {message}", path.display())]
    Syntax { path: PathBuf, message: String },
    #[error("{}: {cause}", path.display())]
    Keys { path: PathBuf, cause: KeyError },
    #[error("{}: {cause}", path.display())]
    Colors { path: PathBuf, cause: ColorError },
    #[error("{}: there is no tab; leave `tabs` out for the usual ones", path.display())]
    NoTabs { path: PathBuf },
    #[error("{}: lease: {problem}", path.display())]
    Lease { path: PathBuf, problem: String },
}

/// The file as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    lease: Option<String>,
    advance: Option<bool>,
    tabs: Option<Vec<TabFile>>,
    #[serde(default)]
    keys: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    colors: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TabFile {
    name: String,
    #[serde(default)]
    filter: String,
    order_by: Option<String>,
}

/// A saved filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SavedFilter {
    pub(super) name: String,
    pub(super) filter: String,
    pub(super) order_by: String,
}

/// All that can be configured.
#[derive(Debug)]
pub(super) struct Config {
    pub(super) tabs: Vec<SavedFilter>,
    pub(super) keymap: Keymap,
    pub(super) theme: Theme,
    /// How long a claim is leased at a time, where the command line does not say.
    pub(super) lease: Option<Duration>,
    /// Whether a decision takes the next claim.
    pub(super) advance: bool,
}

impl Config {
    /// Reads the file that was named, or the usual one where there is one. Without colours the theme uses none.
    pub(super) fn load(named: Option<&PathBuf>, colored: bool) -> Result<Self, ConfigError> {
        let path = match named {
            Some(path) => Some(path.clone()),
            None => folder("XDG_CONFIG_HOME", ".config").map(|folder| folder.join("review.toml")),
        };
        let Some(path) = path else { return Self::read(Path::new(""), "", colored) };
        match fs::read_to_string(&path) {
            Ok(text) => Self::read(&path, &text, colored),
            Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => {
                Self::read(&path, "", colored)
            }
            Err(cause) => Err(ConfigError::Read { path, cause }),
        }
    }

    fn read(path: &Path, text: &str, colored: bool) -> Result<Self, ConfigError> {
        let file: File = toml::from_str(text).map_err(|error| ConfigError::Syntax {
            path: path.to_owned(),
            message: error.to_string().trim_end().to_owned(),
        })?;
        let tabs = match file.tabs {
            None => usual_tabs(),
            Some(tabs) if tabs.is_empty() => return Err(ConfigError::NoTabs { path: path.to_owned() }),
            Some(tabs) => tabs.into_iter().map(SavedFilter::from).collect(),
        };
        let keymap =
            Keymap::new(&file.keys).map_err(|cause| ConfigError::Keys { path: path.to_owned(), cause })?;
        let theme = Theme::new(&file.colors, colored)
            .map_err(|cause| ConfigError::Colors { path: path.to_owned(), cause })?;
        let lease = file
            .lease
            .map(|text| crate::client::session::duration(&text))
            .transpose()
            .map_err(|problem| ConfigError::Lease { path: path.to_owned(), problem })?;
        Ok(Self { tabs, keymap, theme, lease, advance: file.advance.unwrap_or(true) })
    }
}

impl SavedFilter {
    /// A filter that the command line gave.
    pub(super) fn open(filter: &str) -> Self {
        Self { name: "Filter".to_owned(), filter: filter.to_owned(), order_by: ORDER.to_owned() }
    }
}

impl From<TabFile> for SavedFilter {
    fn from(tab: TabFile) -> Self {
        Self {
            name: tab.name,
            filter: tab.filter,
            order_by: tab.order_by.unwrap_or_else(|| ORDER.to_owned()),
        }
    }
}

/// The tabs where the configuration names none.
fn usual_tabs() -> Vec<SavedFilter> {
    const OPEN: &str = "state = \"UNREVIEWED\" AND succession = \"CURRENT\"";
    let tab = |name: &str, filter: String, order_by: &str| SavedFilter {
        name: name.to_owned(),
        filter,
        order_by: order_by.to_owned(),
    };
    let open = |name: &str, filter: &str| tab(name, format!("{OPEN} AND {filter}"), ORDER);
    let mut tabs = vec![
        tab("Open", OPEN.to_owned(), ORDER),
        open("Records", "points.kind = \"RECORD\""),
        open("Figures", "points.kind = \"FIGURE\""),
        open("Dates", "points.kind = \"DATE\""),
        open("Contradicted", "findings.outcome = \"CONTRADICTED_BY_TEXT\""),
    ];
    for language in crate::extract::languages() {
        tabs.push(open(language, &format!("language = \"{language}\"")));
    }
    tabs.push(tab("Decided", "state != \"UNREVIEWED\"".to_owned(), "update_time desc"));
    tabs
}

/// claimdesk's folder in one of the XDG base folders, or under the home folder.
pub(super) fn folder(variable: &str, under_home: &str) -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = set(variable).or_else(|| Some(set("HOME")?.join(under_home)))?;
    Some(base.join("claimdesk"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, String> {
        Config::read(Path::new("review.toml"), text, true).map_err(|error| error.to_string())
    }

    #[test]
    fn without_a_file_there_are_the_usual_tabs() {
        let config = read("").expect("a configuration");
        let names: Vec<&str> = config.tabs.iter().map(|tab| tab.name.as_str()).collect();
        assert_eq!(names, ["Open", "Records", "Figures", "Dates", "Contradicted", "de", "en", "Decided"]);
        assert_eq!(
            config.tabs[1].filter,
            r#"state = "UNREVIEWED" AND succession = "CURRENT" AND points.kind = "RECORD""#
        );
        assert!(config.advance);
    }

    #[test]
    fn a_file_says_otherwise() {
        let config = read(
            "lease = \"10m\"\nadvance = false\n[[tabs]]\nname = \"Money\"\nfilter = 'points.unit = \"EUR\"'\n\
             [keys]\nverify = [\"f5\"]\n[colors]\nclaim = \"bold yellow\"\n",
        )
        .expect("a configuration");
        assert_eq!((config.tabs.len(), config.tabs[0].order_by.as_str()), (1, ORDER));
        assert_eq!(config.lease, Some(Duration::from_secs(600)));
        assert!(!config.advance);
    }

    #[test]
    fn mistakes_name_the_file_and_the_place() {
        let error = |text| read(text).expect_err("a mistake");
        assert!(error("tabs = []").contains("review.toml: there is no tab"));
        assert!(error("tab = 1").contains("line 1"), "{}", error("tab = 1"));
        assert!(error("lease = \"1y\"").contains("lease: \"y\" is no unit"));
        assert!(error("[keys]\nfly = [\"f\"]").contains("keys.fly"));
        assert!(error("[colors]\nclaim = \"octarine\"").contains("octarine"));
    }
}
