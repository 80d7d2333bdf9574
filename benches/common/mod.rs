//! The articles that the benchmarks read.

mod thread_time;

use std::{env, fs, io::Read as _, path::Path};

use claimdesk::claim::Article;
use flate2::read::MultiGzDecoder;
pub(crate) use thread_time::thread_time;

// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The variable that names a file or a folder of articles: .jsonl or .jsonl.gz, each line with "text", "lang" and
/// perhaps "date".
const ARTICLES: &str = "CLAIMDESK_ARTICLES";

/// Named sets of articles: one for each file that `CLAIMDESK_ARTICLES` names, else the project's own samples.
///
/// # Panics
/// If a file cannot be read.
pub(crate) fn sets() -> Vec<(String, Vec<Article>)> {
    let Some(path) = env::var_os(ARTICLES) else { return samples() };
    let path = Path::new(&path);
    let mut files = vec![path.to_owned()];
    if path.is_dir() {
        let entries = fs::read_dir(path).expect("a folder that can be read");
        files = entries.map(|entry| entry.expect("an entry").path()).collect();
        files.retain(|file| {
            let name = file.to_string_lossy();
            name.ends_with(".jsonl") || name.ends_with(".jsonl.gz")
        });
        files.sort();
    }
    assert!(!files.is_empty(), "{ARTICLES} names {}, where there is no .jsonl or .jsonl.gz", path.display());
    files.iter().map(|file| (name_of(file), read(file))).collect()
}

fn name_of(file: &Path) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name.split(".jsonl").next().unwrap_or_default().to_owned()
}

fn read(file: &Path) -> Vec<Article> {
    let bytes = fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut text = String::new();
    if file.extension().is_some_and(|extension| extension == "gz") {
        MultiGzDecoder::new(&*bytes).read_to_string(&mut text).expect("gzip with UTF-8 in it");
    } else {
        text = String::from_utf8(bytes).expect("UTF-8");
    }
    let article = |line: &str| {
        let row: serde_json::Value = serde_json::from_str(line).expect("a JSON object on each line");
        let field = |name: &str| row[name].as_str().map(str::to_owned);
        Article {
            text: field("text").expect("a text"),
            language: field("lang"),
            publish_date: field("date").and_then(|date| date.get(..10)?.parse().ok()),
            ..Article::default()
        }
    };
    text.lines().filter(|line| !line.trim().is_empty()).map(article).collect()
}

fn samples() -> Vec<(String, Vec<Article>)> {
    let texts = [
        ("samples.de", "de", include_str!("../../samples/energy.de.txt")),
        ("samples.en", "en", include_str!("../../samples/port.en.txt")),
    ];
    let article = |language: &str, text: &str| Article {
        text: text.to_owned(),
        language: Some(language.to_owned()),
        publish_date: "2025-03-12".parse().ok(),
        ..Article::default()
    };
    texts.iter().map(|(name, language, text)| ((*name).to_owned(), vec![article(language, text)])).collect()
}
