//! The rules of the house that docs/ARCHITECTURE.md states: arrows point down, and no file outgrows its reader.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Each room with the rooms that it may know.
const ROOMS: [(&str, &[&str]); 7] = [
    ("claim", &[]),
    ("extract", &["claim"]),
    ("proto", &["claim", "extract"]),
    ("store", &["claim"]),
    ("service", &["claim", "extract", "proto", "store"]),
    ("server", &["claim", "extract", "proto", "store", "service"]),
    ("client", &["claim", "extract", "proto"]),
];

/// So many lines a person reads in one sitting.
const MOST_LINES: usize = 600;

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    files(&root, &mut found);
    found
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a source file");
            (path.strip_prefix(&root).expect("below src").to_owned(), text)
        })
        .collect()
}

/// The modules that follow "crate::" in a text, in a list in braces or alone.
fn rooms_named(text: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for rest in text.split("crate::").skip(1) {
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut word = String::new();
            for c in list.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        named.insert(std::mem::take(&mut word));
                    }
                    c if depth == 0 => word.push(c),
                    _ => {}
                }
            }
            named.insert(word);
        } else {
            named.insert(rest.to_owned());
        }
    }
    let head = |name: String| name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    named.into_iter().map(head).collect()
}

#[test]
fn arrows_point_down() {
    let allowed: BTreeMap<_, _> = ROOMS.into_iter().collect();
    let mut seen = BTreeSet::new();
    for (path, text) in sources() {
        let room = path
            .iter()
            .next()
            .and_then(|part| part.to_str())
            .expect("a name")
            .trim_end_matches(".rs")
            .to_owned();
        let Some(below) = allowed.get(room.as_str()) else {
            assert!(matches!(room.as_str(), "lib" | "main"), "{} is in no room", path.display());
            continue;
        };
        for named in rooms_named(&text).iter().filter(|named| allowed.contains_key(named.as_str())) {
            assert!(
                *named == room || below.contains(&named.as_str()),
                "{} knows {named}, which is not below {room}",
                path.display()
            );
            seen.insert((room.clone(), named.clone()));
        }
    }
    assert!(
        seen.contains(&("service".to_owned(), "store".to_owned())),
        "no arrows were read at all: {seen:?}"
    );
}

#[test]
fn no_file_outgrows_its_reader() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= MOST_LINES, "{} has {lines} lines", path.display());
    }
}
