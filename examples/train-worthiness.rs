//! Trains the weights of check-worthiness and of claims: `make train-worthiness DATA=claimbuster.en.jsonl`.
//!
//! DATA has JSON lines {"text", "label"} in the language whose n-grams it teaches, label 1 for what is worth a check.
//! The packs' own labels, `languages/<code>/cases/worthiness.toml`, calibrate each language: they are news, DATA is debates.
//! A language without data of its own starts from what the other has learnt of the features that know no language.
//! Whether a sentence is a claim at all is learnt from articles with every sentence marked,
//! `languages/<code>/cases/claims.toml`, by the languages that have them. The same input gives the same weights, to the byte.

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    fmt::Write as _,
    fs,
    io::{Write as _, stdout},
    iter,
    path::{Path, PathBuf},
};

use claimdesk::extract::{
    languages,
    training::{Sample, feature_names, limited_worth, sample, samples},
};
use data_encoding::BASE64;
use serde::Deserialize;

/// 2 to this power n-grams have a weight in the score of worth, and in that of claims.
const BITS: u32 = 17;
const CLAIM_BITS: u32 = 15;
/// What is known of claims beforehand, by the name of the feature: too few examples are questions for it to be learnt.
const KNOWN: [(&str, f64); 3] = [("question", -3.0), ("no_words", -4.0), ("asked", -1.0)];
/// How large a share of the claims of articles that were held out is to be found. Whoever checks can pass over what is none, and
/// never sees what was left out.
const FOUND: f64 = 0.93;
/// The same of a language that starts from what the taught one has learnt: its articles here are opinion for the most part, and
/// what is printed is not.
const FOUND_BESIDE: f64 = 0.98;
/// How strongly a language is held to what the taught one has learnt of claims.
const CLAIM_HOLD: f64 = 0.02;
/// The name by which the score of claims weighs that of worth.
const WORTH: &str = "worth";
/// The language of DATA.
const TAUGHT: &str = "en";
/// How much a label of the pack's own counts against a sentence of DATA.
const OWN: f64 = 6.0;
const ROUNDS: usize = 15;
const RATE: f64 = 0.15;

/// A sentence with its label.
struct Example {
    sample: Sample,
    label: bool,
    weight: f64,
    /// What is held out together has the same number.
    group: usize,
}

#[derive(Deserialize)]
struct Line {
    text: String,
    label: u8,
}

/// Sentences of our own, in the style of news.
#[derive(Deserialize)]
struct Labels {
    /// What a fact-checker would pick.
    worth: Vec<String>,
    /// What states something of no weight, or nothing.
    routine: Vec<String>,
}

/// Articles with every line marked: "+" for a claim, "-" for none.
#[derive(Deserialize)]
struct Articles {
    article: Vec<String>,
}

/// How strongly weights are held to where they start from.
#[derive(Clone, Copy)]
struct Hold {
    features: f64,
    ngrams: f64,
}

/// A linear model.
#[derive(Clone)]
struct Weights {
    bias: f64,
    features: Vec<f64>,
    ngrams: Vec<f64>,
}

impl Weights {
    fn none(features: usize, bits: u32) -> Self {
        Self { bias: 0.0, features: vec![0.0; features], ngrams: vec![0.0; 1 << bits] }
    }

    fn place(&self, hash: u32) -> usize {
        (hash >> (32 - self.ngrams.len().trailing_zeros())) as usize
    }

    fn score(&self, sample: &Sample) -> f64 {
        let features: f64 = self.features.iter().zip(&sample.features).map(|(w, x)| w * x).sum();
        let ngrams: f64 = sample.ngrams.iter().map(|&hash| self.ngrams[self.place(hash)]).sum();
        self.bias + features + ngrams / root(sample)
    }
}

fn root(sample: &Sample) -> f64 {
    (sample.ngrams.len().max(1) as f64).sqrt()
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Logistic regression by AdaGrad; the order of the examples is shuffled by a generator with a fixed seed.
fn train(examples: &[&Example], start: &Weights, hold: Hold) -> Weights {
    let mut weights = start.clone();
    let mut seen = Weights::none(start.features.len(), start.ngrams.len().trailing_zeros());
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    // Both labels weigh the same, so that 0.5 is as far from one as from the other.
    let total = |label| examples.iter().filter(|e| e.label == label).map(|e| e.weight).sum::<f64>().max(1.0);
    let (yes, no) = (total(true), total(false));
    let step = |weight: &mut f64, seen: &mut f64, gradient: f64| {
        *seen += gradient * gradient;
        *weight -= RATE * gradient / (1e-8 + *seen).sqrt();
    };
    for _ in 0..ROUNDS {
        for at in (1..order.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            order.swap(at, (state >> 33) as usize % (at + 1));
        }
        for &at in &order {
            let example = examples[at];
            let balance = 0.5 * (yes + no) / if example.label { yes } else { no };
            let error = logistic(weights.score(&example.sample)) - f64::from(u8::from(example.label));
            let error = error * example.weight * balance;
            step(&mut weights.bias, &mut seen.bias, error);
            for (feature, &x) in example.sample.features.iter().enumerate() {
                if x != 0.0 {
                    let held = hold.features * (weights.features[feature] - start.features[feature]);
                    step(&mut weights.features[feature], &mut seen.features[feature], error * x + held);
                }
            }
            let x = 1.0 / root(&example.sample);
            for &hash in &example.sample.ngrams {
                let place = weights.place(hash);
                let held = hold.ngrams * (weights.ngrams[place] - start.ngrams[place]);
                step(&mut weights.ngrams[place], &mut seen.ngrams[place], error * x + held);
            }
        }
    }
    weights
}

/// The F1 of what is labelled at 0.5, and the average precision, over examples that were held out.
fn figures(scored: &mut [(f64, bool)]) -> (f64, f64) {
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let count = |test: &dyn Fn(&(f64, bool)) -> bool| scored.iter().filter(|s| test(s)).count() as f64;
    let right = count(&|s| s.0 > 0.0 && s.1);
    let f1 = 2.0 * right / (count(&|s| s.0 > 0.0) + count(&|s| s.1)).max(1.0);
    let (mut hits, mut precision) = (0.0, 0.0);
    for (at, (_, label)) in scored.iter().enumerate() {
        if *label {
            hits += 1.0;
            precision += hits / (at + 1) as f64;
        }
    }
    (f1, precision / f64::max(hits, 1.0))
}

/// Trains on four fifths and judges the last, five times.
fn held_out(
    examples: &[Example],
    judged: impl Fn(&Example) -> bool,
    start: &Weights,
    hold: Hold,
) -> Vec<(f64, bool)> {
    let mut scored = Vec::new();
    for part in 0..5 {
        let kept: Vec<&Example> = examples.iter().filter(|example| example.group % 5 != part).collect();
        let weights = train(&kept, start, hold);
        let held = examples.iter().filter(|example| example.group % 5 == part && judged(example));
        scored.extend(held.map(|example| (weights.score(&example.sample), example.label)));
    }
    scored
}

/// The score above which so large a share of what is labelled lies.
fn bound(scored: &[(f64, bool)], share: f64) -> f64 {
    let mut labelled: Vec<f64> = scored.iter().filter(|(_, label)| *label).map(|(score, _)| *score).collect();
    labelled.sort_by(f64::total_cmp);
    labelled.get(((1.0 - share) * labelled.len() as f64) as usize).copied().unwrap_or(0.0)
}

fn own(language: &str, root: &Path, weight: f64) -> Result<Vec<Example>, Box<dyn Error>> {
    let path = root.join(language).join("cases/worthiness.toml");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let labels: Labels = toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut examples = Vec::new();
    for (texts, label) in [(&labels.worth, true), (&labels.routine, false)] {
        for text in texts {
            if let Some(sample) = sample(text, language)? {
                examples.push(Example { sample, label, weight, group: examples.len() });
            }
        }
    }
    Ok(examples)
}

/// The sentences of a language's articles, with what the score of worth says of them as one more feature; none where the
/// language has no such articles.
fn marked(language: &str, root: &Path, worth: &Weights) -> Result<Vec<Example>, Box<dyn Error>> {
    let path = root.join(language).join("cases/claims.toml");
    if !path.exists() {
        return Ok(Vec::new());
    }
    let articles: Articles = toml::from_str(&fs::read_to_string(&path)?)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    let mut examples = Vec::new();
    for (group, article) in articles.article.iter().enumerate() {
        let (mut text, mut claims, mut gap) = (String::new(), Vec::new(), "");
        for line in article.trim().lines() {
            if line.is_empty() {
                gap = "\n\n";
                continue;
            }
            let (mark, part) = line.split_at(1);
            text.push_str(gap);
            let start = text.chars().count();
            text.push_str(part.trim_start());
            if mark == "+" {
                claims.push(start..text.chars().count());
            }
            gap = " ";
        }
        for mut sample in samples(&text, language)? {
            let (start, end) = (sample.span.start as usize, sample.span.end as usize);
            let label = claims.iter().any(|claim| claim.start < end && start < claim.end);
            sample.features.push(limited_worth(worth.score(&sample)));
            examples.push(Example { sample, label, weight: 1.0, group });
        }
    }
    Ok(examples)
}

/// The chapter of a pack with the weights of a score.
fn chapter(score: &str, what: &str, weights: &Weights) -> Result<String, Box<dyn Error>> {
    let mut text = format!("# {what}: made by `make train-worthiness`, not by hand.\n\n[weights.{score}]\n");
    writeln!(text, "bias = {:.3}", weights.bias)?;
    for (name, weight) in feature_names().iter().chain(&[WORTH]).zip(&weights.features) {
        writeln!(text, "{name} = {weight:.3}")?;
    }
    let most = weights.ngrams.iter().fold(0.0_f64, |most, weight| most.max(weight.abs()));
    // A few n-grams weigh far more than the others, which need the finer steps.
    let scale = (most / 127.0).clamp(1e-6, 0.05);
    let bytes: Vec<u8> = weights
        .ngrams
        .iter()
        .map(|weight| (weight / scale).round().clamp(-127.0, 127.0) as i8)
        .flat_map(i8::to_ne_bytes)
        .collect();
    let bits = weights.ngrams.len().trailing_zeros();
    writeln!(text, "\n[ngrams.{score}]\nbits = {bits}\nscale = {scale:.6}\ntable = \"\"\"")?;
    for line in BASE64.encode(&bytes).as_bytes().chunks(120) {
        writeln!(text, "{}", str::from_utf8(line)?)?;
    }
    text.push_str("\"\"\"\n");
    Ok(text)
}

fn main() -> Result<(), Box<dyn Error>> {
    let data = env::args().nth(1).ok_or("usage: train-worthiness DATA.jsonl")?;
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("languages");
    let mut out = stdout().lock();

    let mut examples = own(TAUGHT, &root, OWN)?;
    let mine = examples.len();
    let text = fs::read_to_string(&data).map_err(|error| format!("{data}: {error}"))?;
    for (number, line) in text.lines().enumerate() {
        let line: Line =
            serde_json::from_str(line).map_err(|error| format!("{data}:{}: {error}", number + 1))?;
        if let Some(sample) = sample(&line.text, TAUGHT)? {
            examples.push(Example { sample, label: line.label == 1, weight: 1.0, group: number });
        }
    }
    let hold = Hold { features: 1e-4, ngrams: 1e-3 };
    let start = Weights::none(feature_names().len(), BITS);
    let mut trained = BTreeMap::new();
    if env::var_os("VALIDATE").is_some() {
        let (f1, precision) = figures(&mut held_out(&examples, |e| e.weight == 1.0, &start, hold));
        writeln!(out, "{TAUGHT}: data held out: F1 {f1:.3}, average precision {precision:.3}")?;
        let (f1, precision) = figures(&mut held_out(&examples, |e| e.weight != 1.0, &start, hold));
        writeln!(out, "{TAUGHT}: {mine} own labels held out: F1 {f1:.3}, average precision {precision:.3}")?;
    }
    trained.insert(TAUGHT, train(&examples.iter().collect::<Vec<_>>(), &start, hold));

    for language in languages().filter(|language| *language != TAUGHT) {
        let examples = own(language, &root, 1.0)?;
        // The words of another language say nothing here.
        let start = Weights { ngrams: start.ngrams.clone(), ..trained[TAUGHT].clone() };
        let hold = Hold { features: 0.1, ngrams: 0.005 };
        if env::var_os("VALIDATE").is_some() {
            let (f1, precision) = figures(&mut held_out(&examples, |_| true, &start, hold));
            let count = examples.len();
            writeln!(
                out,
                "{language}: {count} own labels held out: F1 {f1:.3}, average precision {precision:.3}"
            )?;
        }
        trained.insert(language, train(&examples.iter().collect::<Vec<_>>(), &start, hold));
    }
    // What is known of claims; a language starts from what the taught one has learnt of the features.
    let mut known = Weights::none(feature_names().len() + 1, CLAIM_BITS);
    for (weight, name) in known.features.iter_mut().zip(feature_names()) {
        *weight = KNOWN.iter().find(|(known, _)| known == name).map_or(0.0, |(_, known)| *known);
    }
    let others = languages().filter(|language| *language != TAUGHT);
    for language in iter::once(TAUGHT).chain(others) {
        let worth = &trained[language];
        let examples = marked(language, &root, worth)?;
        if !examples.is_empty() {
            let (features, share) =
                if language == TAUGHT { (0.003, FOUND) } else { (CLAIM_HOLD, FOUND_BESIDE) };
            let hold = Hold { features, ngrams: 1e-3 };
            let mut scored = held_out(&examples, |_| true, &known, hold);
            let least = bound(&scored, share);
            if env::var_os("VALIDATE").is_some() {
                let (f1, precision) = figures(&mut scored);
                let count = examples.len();
                writeln!(
                    out,
                    "{language}: claims among {count} sentences, articles held out: F1 {f1:.3}, average precision {precision:.3}"
                )?;
                scored.iter_mut().for_each(|(score, _)| *score -= least);
                let (f1, _) = figures(&mut scored);
                let chosen = scored.iter().filter(|(score, _)| *score > 0.0).count() as f64;
                let right = scored.iter().filter(|(score, label)| *score > 0.0 && *label).count() as f64;
                let precision = right / chosen;
                writeln!(
                    out,
                    "{language}: where {share} of the claims are found: F1 {f1:.3}, precision {precision:.3}"
                )?;
            }
            let mut weights = train(&examples.iter().collect::<Vec<_>>(), &known, hold);
            if language == TAUGHT {
                known = Weights { ngrams: known.ngrams, ..weights.clone() };
            }
            weights.bias -= least;
            let what = "Whether there is something to check in a sentence";
            fs::write(root.join(language).join("claim.toml"), chapter("claim", what, &weights)?)?;
            writeln!(out, "wrote languages/{language}/claim.toml")?;
        }
        let what = "How much a check of a sentence is worth";
        fs::write(root.join(language).join("worth.toml"), chapter(WORTH, what, worth)?)?;
        writeln!(out, "wrote languages/{language}/worth.toml")?;
    }
    Ok(())
}
