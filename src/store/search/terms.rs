//! The terms of a claim: what it is found by, each a lexeme of its row's tsvector.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use super::{
    cells,
    words::{self, Word},
};
use crate::{
    claim::{PublishDate, SourceRole},
    store::{StoredClaim, article::days, point::PointColumns},
};

/// A term is a field and a value. A value longer than this stands in it as its hash.
const LONGEST_VALUE: usize = 60;

/// What a term is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    State,
    Succession,
    Origin,
    Language,
    Modality,
    Finding,
    PointKind,
    PointValue,
    Unit,
    /// A figure that is a range of several cells.
    WideNumber,
    Number,
    Date,
    SourceRole,
    /// The name of a source other than the article.
    SourceName,
    Publisher,
    Uri,
    PublishDate,
    /// A word of the claim, behind its language.
    Word,
    /// A word of the name of a source, or of the publisher's.
    NameWord,
    PublisherWord,
    /// Words of a field were left out, since they are too long or too many.
    WordLess,
    Score,
    CreateTime,
    UpdateTime,
}

impl Field {
    /// Those of few values.
    pub(super) const COARSE: [Self; 7] = [
        Self::State,
        Self::Succession,
        Self::Origin,
        Self::Language,
        Self::Modality,
        Self::PointKind,
        Self::SourceRole,
    ];

    /// Whether a term is of it.
    pub(super) fn has(self, term: &str) -> bool {
        term.strip_prefix(self.prefix()).is_some_and(|value| value.starts_with(':'))
    }

    const fn prefix(self) -> &'static str {
        match self {
            Self::State => "st",
            Self::Succession => "su",
            Self::Origin => "or",
            Self::Language => "la",
            Self::Modality => "mo",
            Self::Finding => "fi",
            Self::PointKind => "ki",
            Self::PointValue => "va",
            Self::Unit => "un",
            Self::WideNumber => "nw",
            Self::Number => "nu",
            Self::Date => "da",
            Self::SourceRole => "sr",
            Self::SourceName => "sn",
            Self::Publisher => "pu",
            Self::Uri => "ur",
            Self::PublishDate => "pd",
            Self::Word => "wo",
            Self::NameWord => "nn",
            Self::PublisherWord => "pn",
            Self::WordLess => "wl",
            Self::Score => "sc",
            Self::CreateTime => "ct",
            Self::UpdateTime => "ut",
        }
    }

    /// The term of a value.
    pub(super) fn term(self, value: &str) -> String {
        let prefix = self.prefix();
        if value.len() <= LONGEST_VALUE {
            return format!("{prefix}:{value}");
        }
        let digest = Sha256::digest(value);
        // A space in front, which no value that stands for itself has there.
        format!("{prefix}: {}", data_encoding::BASE64URL_NOPAD.encode(&digest[..15]))
    }

    /// The term of a word of a language.
    pub(super) fn word(self, language: &str, plain: &str) -> String {
        format!("{}:{language}:{plain}", self.prefix())
    }

    /// The term that says that words were left out.
    pub(super) fn left_out(self) -> String {
        Self::WordLess.term(self.prefix())
    }

    /// The term of a cell.
    pub(super) fn cell(self, level: u32, cell: i64) -> String {
        format!("{}:{level}:{cell}", self.prefix())
    }
}

/// A word that claims or names have, in its language; names have none.
pub(super) type Entry = (String, Word);

/// What a claim is found by, and the words for the list of words.
#[derive(Debug, Default)]
pub(super) struct Terms {
    pub(super) terms: BTreeSet<String>,
    pub(super) words: BTreeSet<Entry>,
}

impl Terms {
    pub(super) fn of(stored: &StoredClaim) -> Self {
        let mut all = Self::default();
        let claim = &stored.claim;
        all.add(Field::State, stored.state.as_str());
        all.add(Field::Succession, stored.lineage.succession.as_str());
        all.add(Field::Origin, stored.origin.as_str());
        all.add(Field::Language, &claim.language);
        all.add(Field::Modality, claim.modality.as_str());
        all.add_words(Field::Word, &claim.language, &claim.quote);
        for finding in &claim.findings {
            all.add(Field::Finding, finding.outcome.as_str());
        }
        all.add_points(stored);
        all.add_sources(stored);
        for (level, cell) in cells::of_score(claim.check_worthiness) {
            all.terms.insert(Field::Score.cell(level, cell));
        }
        for (level, cell) in cells::of_time(stored.create_time.as_second()) {
            all.terms.insert(Field::CreateTime.cell(level, cell));
        }
        for (level, cell) in cells::of_time(stored.update_time.as_second()) {
            all.terms.insert(Field::UpdateTime.cell(level, cell));
        }
        all
    }

    fn add(&mut self, field: Field, value: &str) {
        self.terms.insert(field.term(value));
    }

    fn add_words(&mut self, field: Field, language: &str, text: &str) {
        let (words, all) = words::of_text(text, language);
        for word in words {
            self.terms.insert(field.word(language, &word.plain));
            self.words.insert((language.to_owned(), word));
        }
        if !all {
            self.terms.insert(field.left_out());
        }
    }

    fn add_points(&mut self, stored: &StoredClaim) {
        let mut columns = PointColumns::default();
        columns.add(0, &stored.claim.points);
        for kind in columns.kind {
            self.add(Field::PointKind, kind);
        }
        for value in columns.value {
            self.add(Field::PointValue, &value);
        }
        for unit in columns.unit {
            self.add(Field::Unit, &unit);
        }
        for (least, most) in columns.number.iter().flatten().zip(columns.number_max.iter().flatten()) {
            let ends = [least, most].map(|end| end.parse().map(cells::of_number).unwrap_or_default());
            if ends[0] != ends[1] {
                self.add(Field::WideNumber, "");
            }
            for cell in ends.into_iter().flatten() {
                self.add(Field::Number, &cell);
            }
        }
        for begin in columns.begin.iter().flatten() {
            for cell in cells::of_date(begin) {
                self.add(Field::Date, cell);
            }
        }
    }

    fn add_sources(&mut self, stored: &StoredClaim) {
        // The article is the first.
        for source in &stored.claim.sources {
            self.add(Field::SourceRole, source.role.as_str());
            if source.role == SourceRole::Publication {
                self.add(Field::Publisher, &source.publisher);
                self.add_words(Field::PublisherWord, "", &source.publisher);
                self.add(Field::Uri, &source.uri);
                if let Some(date) = source.date {
                    self.add_publish_date(date);
                }
            } else {
                self.add(Field::SourceName, &source.name);
                self.add_words(Field::NameWord, "", &source.name);
            }
        }
    }

    fn add_publish_date(&mut self, date: PublishDate) {
        for cell in cells::of_date(&days(date).0.to_string()) {
            self.add(Field::PublishDate, cell);
        }
    }
}
