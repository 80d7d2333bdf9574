//! The n-grams of a sentence, hashed: its words, pairs of words, and runs of four characters within a word.
//!
//! Nothing is allocated and no n-gram is kept: each is a number whose upper bits say where its weight stands. What lies
//! within a word is added up once for the word ([`WordGrams`]); a sentence adds its words and their pairs.

use std::ops::Range;

use data_encoding::BASE64;
use serde::Deserialize;

use crate::extract::document::{Document, Shape};

/// The weights of n-grams as a pack gives them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::extract) struct Written {
    /// So many bits of a hash say where the weight stands.
    bits: u32,
    /// What a weight of 1 in the table stands for.
    scale: f64,
    /// One signed byte for each place, in base 64; white space means nothing.
    table: String,
}

/// The weights of n-grams.
#[derive(Debug)]
pub(super) struct Weights {
    shift: u32,
    scale: f64,
    table: Vec<i8>,
}

impl Weights {
    /// Reads the weights of a pack.
    pub(super) fn read(written: &Written) -> Result<Self, String> {
        let encoded: Vec<u8> = written.table.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let bytes = BASE64.decode(&encoded).map_err(|error| format!("the table of n-grams: {error}"))?;
        if !(1..=24).contains(&written.bits) || bytes.len() != 1 << written.bits {
            return Err(format!(
                "the table of n-grams has {} weights and is said to have 2^{}",
                bytes.len(),
                written.bits
            ));
        }
        let table = bytes.into_iter().map(|byte| i8::from_ne_bytes([byte])).collect();
        Ok(Self { shift: 32 - written.bits, scale: written.scale, table })
    }

    fn of(&self, hash: u32) -> i8 {
        self.table[(hash >> self.shift) as usize]
    }
}

/// The n-grams of one word, added up: a text repeats its words, so that each is reckoned but once.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::extract) struct WordGrams {
    /// The word itself, for the pairs that it is part of.
    hash: u64,
    /// The sums of the weights of the n-grams within it, and of its own, by two tables; [`LONGEST_WORD`] keeps them small.
    sums: [i16; 2],
    /// The number of these n-grams.
    count: u8,
}

impl WordGrams {
    /// What a word adds to every sentence that it stands in.
    pub(super) fn of(tables: [Option<&Weights>; 2], word: &str, shape: Shape) -> Self {
        let (mut sums, mut count) = ([0; 2], 0);
        let hash = within(word, shape, |hash| {
            for (sum, table) in sums.iter_mut().zip(tables) {
                *sum += table.map_or(0, |table| i16::from(table.of(hash)));
            }
            count += 1;
        });
        Self { hash, sums, count }
    }
}

/// The sums of the weights of a sentence's n-grams by two tables, each over the root of their number, so that a long
/// sentence has no more of a say than a short one; 0 where there is no table.
pub(super) fn sums(tables: [Option<&Weights>; 2], words: &[WordGrams]) -> [f64; 2] {
    let (mut sums, mut count) = ([0_i32; 2], 0_u32);
    let mut before = BOUNDARY;
    for word in words {
        let pair = pair(before, word.hash);
        for (at, sum) in sums.iter_mut().enumerate() {
            *sum += i32::from(word.sums[at]) + tables[at].map_or(0, |table| i32::from(table.of(pair)));
        }
        count += u32::from(word.count) + 1;
        before = word.hash;
    }
    let root = f64::from(count.max(1)).sqrt();
    [0, 1].map(|at| tables[at].map_or(0.0, |table| f64::from(sums[at]) * table.scale / root))
}

/// A longer word is cut off here; it could only be an address or noise.
const LONGEST_WORD: usize = 64;

/// Calls with the hash of each n-gram of a sentence. Of its upper bits as many may be used as are needed.
pub(in crate::extract) fn each(document: &Document, tokens: Range<usize>, mut found: impl FnMut(u32)) {
    let mut before = BOUNDARY;
    for at in tokens {
        let word = within(document.word(at), document.tokens[at].shape, &mut found);
        found(pair(before, word));
        before = word;
    }
}

/// Calls with the hash of each n-gram of one word, its own as the last, and gives the word as its pairs count it.
fn within(word: &str, shape: Shape, mut found: impl FnMut(u32)) -> u64 {
    let word = if shape == Shape::Digits {
        // Which number it is says nothing, how long it is does: a year, a share, a sum.
        mix(DIGITS + word.len().min(5) as u64)
    } else {
        let mut hash = WORD;
        // The last four characters, 16 bits each.
        let mut window = BOUNDARY;
        let mut length = 0;
        let mut add = |lower: char| {
            hash = (hash ^ u64::from(lower)).wrapping_mul(PRIME);
            window = window << 16 | u64::from(lower) & 0xffff;
            length += 1;
            if length >= 3 {
                found(upper(mix(window)));
            }
        };
        if word.is_ascii() {
            let ascii = word.bytes().take(LONGEST_WORD);
            ascii.for_each(|byte| add(char::from(byte.to_ascii_lowercase())));
        } else {
            let lower = |c: char| c.to_lowercase().next().unwrap_or(c);
            word.chars().take(LONGEST_WORD).map(lower).for_each(add);
        }
        if length >= 3 {
            found(upper(mix(window << 16 | BOUNDARY)));
        }
        mix(hash)
    };
    found(upper(word));
    word
}

/// The hash of a pair of words.
fn pair(before: u64, word: u64) -> u32 {
    upper(mix(before.wrapping_mul(PRIME) ^ word))
}

const BOUNDARY: u64 = 0x20;
const WORD: u64 = 0xcbf2_9ce4_8422_2325;
const DIGITS: u64 = 0x5851_f42d_4c95_7f2d;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// Spreads a number over all bits.
fn mix(mut x: u64) -> u64 {
    x = (x ^ x >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93);
    (x ^ x >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93)
}

fn upper(hash: u64) -> u32 {
    u32::try_from(hash >> 32).unwrap_or(u32::MAX)
}
