//! Many articles as JSON lines: in parallel over the cores, in order, with only so many lines in memory.

use std::{
    io::{BufRead, BufReader, BufWriter, Read, Write},
    num::NonZero,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, TryRecvError, sync_channel},
    },
    thread,
};

use serde::{Deserialize, Serialize};

use super::{
    article_input::{self, About},
    error::Error,
    extract::Wanted,
};
use crate::{
    claim::{Article, InvalidContentType},
    proto::v1,
};

/// So many lines for each core are read ahead of the one that is written next.
const AHEAD: usize = 16;

/// An article on a line.
#[derive(Debug, Deserialize)]
struct Given {
    #[serde(default)]
    id: serde_json::Value,
    text: String,
    #[serde(default)]
    language: Option<String>,
    #[serde(default, alias = "publishDate")]
    publish_date: Option<String>,
    #[serde(default, alias = "contentType")]
    content_type: Option<String>,
    /// A moment, whose day stands in for a publish date that is not given.
    #[serde(default, alias = "referenceTime")]
    reference_time: Option<String>,
}

/// The answer on a line.
#[derive(Debug, Serialize)]
struct Answered {
    id: serde_json::Value,
    #[serde(flatten)]
    answer: v1::ExtractClaimsResponse,
}

/// A line to work on, and where its answer goes.
struct Job {
    number: usize,
    line: Vec<u8>,
    answer: SyncSender<Result<String, Error>>,
}

/// Answers each line of the input with a line.
pub(super) fn run(path: &Path, about: &About, wanted: Wanted) -> Result<(), Error> {
    let (input, about) = (article_input::open(path)?, about.clone());
    let output = BufWriter::new(std::io::stdout().lock());
    answer_lines(input, output, &article_input::called(path), move |line| answer(line, &about, wanted))
}

/// Reads on a thread, works on all cores, and writes on this thread, in the order of the input. The other threads are
/// not waited for: the one that reads may wait for a line that never comes.
fn answer_lines(
    input: impl Read + Send + 'static,
    mut output: impl Write,
    what: &str,
    work: impl Fn(&[u8]) -> Result<String, String> + Send + Sync + 'static,
) -> Result<(), Error> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    // Each line has a channel of its own for its answer, and those channels wait in the order of the input.
    let (jobs, waiting_jobs) = sync_channel::<Job>(cores * AHEAD);
    let (answers, in_order) = sync_channel::<Receiver<Result<String, Error>>>(cores * AHEAD);
    let (what, work, waiting_jobs) =
        (Arc::<str>::from(what), Arc::new(work), Arc::new(Mutex::new(waiting_jobs)));
    for _ in 0..cores {
        let (what, work, waiting_jobs) = (Arc::clone(&what), Arc::clone(&work), Arc::clone(&waiting_jobs));
        thread::spawn(move || {
            loop {
                let job = waiting_jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
                let Ok(job) = job else { return };
                let answer = work(&job.line).map_err(|reason| Error::Line {
                    what: what.to_string(),
                    line: job.number,
                    reason,
                });
                // Nobody waits for it any more once a line before it failed.
                let _ = job.answer.send(answer);
            }
        });
    }
    thread::spawn(move || read(input, &what, &jobs, &answers));
    write(&in_order, &mut output)
}

fn read(
    input: impl Read,
    what: &str,
    jobs: &SyncSender<Job>,
    answers: &SyncSender<Receiver<Result<String, Error>>>,
) {
    let mut input = BufReader::new(input);
    for number in 1.. {
        let mut line = Vec::new();
        let (answer, answered) = sync_channel(1);
        match input.read_until(b'\n', &mut line) {
            Ok(0) => return,
            Ok(_) if line.iter().all(u8::is_ascii_whitespace) => continue,
            Ok(_) => {
                if answers.send(answered).is_err() || jobs.send(Job { number, line, answer }).is_err() {
                    return;
                }
            }
            Err(cause) => {
                let _ = answer.send(Err(Error::Read { path: what.into(), cause }));
                let _ = answers.send(answered);
                return;
            }
        }
    }
}

fn write(in_order: &Receiver<Receiver<Result<String, Error>>>, output: &mut impl Write) -> Result<(), Error> {
    loop {
        let next = match in_order.try_recv() {
            Ok(next) => next,
            Err(TryRecvError::Disconnected) => break,
            Err(TryRecvError::Empty) => {
                // Whoever sends a line and waits for its answer gets it.
                output.flush().map_err(Error::Write)?;
                match in_order.recv() {
                    Ok(next) => next,
                    Err(_) => break,
                }
            }
        };
        let answer = match next.try_recv() {
            Ok(answer) => answer,
            Err(_) => {
                output.flush().map_err(Error::Write)?;
                match next.recv() {
                    Ok(answer) => answer,
                    Err(_) => return Err(Error::Format("the work on a line came to no end".to_owned())),
                }
            }
        };
        match answer {
            Ok(line) => writeln!(output, "{line}").map_err(Error::Write)?,
            Err(error) => {
                output.flush().map_err(Error::Write)?;
                return Err(error);
            }
        }
    }
    output.flush().map_err(Error::Write)
}

fn answer(line: &[u8], about: &About, wanted: Wanted) -> Result<String, String> {
    let line = std::str::from_utf8(line).map_err(|error| {
        format!(
            "not UTF-8 text: the byte at offset {} of the line does not belong there",
            error.valid_up_to()
        )
    })?;
    let given: Given =
        serde_json::from_str(line).map_err(|error| format!("no article in JSON: {}", plain(&error)))?;
    let content_type = match &given.content_type {
        Some(written) => written.parse().map_err(|error: InvalidContentType| error.to_string())?,
        None => about.content_type(),
    };
    let article = article(given.text, given.language, given.publish_date, given.reference_time, about)?;
    let answer = wanted.of(article, content_type).map_err(|error| error.to_string())?;
    serde_json::to_string(&Answered { id: given.id, answer }).map_err(|error| error.to_string())
}

/// The error with the column only: the line is always the first.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.split_once(" at line ") {
        Some((reason, _)) => format!("{reason} at column {}", error.column()),
        None => text,
    }
}

fn article(
    text: String,
    language: Option<String>,
    publish_date: Option<String>,
    reference_time: Option<String>,
    about: &About,
) -> Result<Article, String> {
    let mut article = about.article(text);
    if let Some(language) = language.filter(|code| !code.is_empty()) {
        article.language = Some(language);
    }
    let day = reference_time.map(|time| time.get(..10).unwrap_or(&time).to_owned());
    if let Some(date) = publish_date.filter(|date| !date.is_empty()).or(day) {
        article.publish_date =
            Some(date.parse().map_err(|error: crate::claim::InvalidPublishDate| error.to_string())?);
    }
    Ok(article)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(
        input: &str,
        work: impl Fn(&[u8]) -> Result<String, String> + Send + Sync + 'static,
    ) -> (String, Result<(), String>) {
        let (input, mut output) = (std::io::Cursor::new(input.to_owned()), Vec::new());
        let result = answer_lines(input, &mut output, "it", work).map_err(|error| error.to_string());
        (String::from_utf8(output).expect("text"), result)
    }

    #[test]
    fn keeps_the_order_whatever_takes_longest() {
        let input: String = (0..500).map(|number| format!("{number}\n")).collect();
        let (output, result) = run(&input, |line| {
            let text = String::from_utf8_lossy(line).trim().to_owned();
            if text.ends_with('0') {
                thread::sleep(std::time::Duration::from_millis(1));
            }
            Ok(text)
        });
        assert_eq!(result, Ok(()));
        assert_eq!(output, input);
    }

    #[test]
    fn a_bad_line_is_named_after_the_answers_before_it() {
        let work = |line: &[u8]| match line {
            b"bad\n" => Err("no good".to_owned()),
            _ => Ok("good".to_owned()),
        };
        let (output, result) = run("a\n\nb\nbad\nc\n", work);
        assert_eq!(output, "good\ngood\n");
        assert_eq!(result, Err("line 4 of it: no good".to_owned()));
    }

    #[test]
    fn answers_come_while_the_input_is_still_open() {
        let (reader, mut writer) = std::io::pipe().expect("a pipe");
        writer.write_all(b"a\nbad\n").expect("a reader");
        let work = |line: &[u8]| if line == b"a\n" { Ok("A".to_owned()) } else { Err("no good".to_owned()) };
        let mut output = Vec::new();
        // The pipe stays open, and still the end comes: by the line that is bad.
        assert!(answer_lines(reader, &mut output, "it", work).is_err());
        assert_eq!(output, b"A\n");
    }

    #[test]
    fn nothing_in_is_nothing_out() {
        assert_eq!(run("", |_| Ok(String::new())), (String::new(), Ok(())));
    }
}
