//! What no match of a layer can do without: where none of it stands in a sentence, nothing has to be searched for, and no
//! match begins behind the last of it.

use std::collections::BTreeMap;

use super::{
    alphabet::{Alphabet, EVERYWHERE, Symbol},
    syntax::Node,
};

/// Symbols of which every match has at least one; all of them where some pattern needs none in particular.
#[derive(Debug, Clone)]
pub(in crate::extract) struct Anchors {
    /// A bit for each symbol.
    bits: Vec<u64>,
    /// How often they are to be expected in texts.
    weight: usize,
}

/// What stands for a phrase in the layers above that of the phrases: the anchors of the patterns that make it.
pub(in crate::extract) type Phrases = BTreeMap<Symbol, Anchors>;

/// Symbols of which a match needs one, and how often they are to be expected in texts.
struct Need {
    symbols: Vec<Symbol>,
    weight: usize,
}

impl Anchors {
    /// Those of some patterns: of each the rarest token that it asks for in any case. A phrase is told by itself and by
    /// what it is made of.
    pub(super) fn of<'n>(
        mut nodes: impl Iterator<Item = &'n Node>,
        alphabet: &Alphabet,
        phrases: &Phrases,
    ) -> Self {
        let mut bits = vec![0; alphabet.all().count().div_ceil(64)];
        let needs_some = nodes.all(|node| {
            let Some(need) = need(node, alphabet, phrases) else { return false };
            for symbol in need.symbols {
                bits[symbol.index() / 64] |= 1 << (symbol.index() % 64);
                if let Some(phrase) = phrases.get(&symbol) {
                    bits.iter_mut().zip(&phrase.bits).for_each(|(all, more)| *all |= more);
                }
            }
            true
        });
        if !needs_some {
            bits.fill(u64::MAX);
        }
        let mut anchors = Self { bits, weight: 0 };
        anchors.weight =
            alphabet.all().filter(|&symbol| anchors.has(symbol)).map(|symbol| alphabet.weight(symbol)).sum();
        anchors
    }

    /// Whether a match can have a symbol for an anchor.
    pub(super) fn has(&self, symbol: Symbol) -> bool {
        self.bits[symbol.index() / 64] >> (symbol.index() % 64) & 1 == 1
    }
}

/// What a node needs; `None` if that stands in every sentence.
fn need(node: &Node, alphabet: &Alphabet, phrases: &Phrases) -> Option<Need> {
    match node {
        Node::Token { all, none, .. } => {
            let (mut symbols, mut weight) = (Vec::new(), 0);
            alphabet.each_with(all, none, |symbol| {
                weight +=
                    phrases.get(&symbol).map_or_else(|| alphabet.weight(symbol), |phrase| phrase.weight);
                symbols.push(symbol);
            });
            (weight < EVERYWHERE).then_some(Need { symbols, weight })
        }
        Node::Sequence(nodes) => {
            nodes.iter().filter_map(|node| need(node, alphabet, phrases)).min_by_key(|need| need.weight)
        }
        Node::Alternatives(nodes) => {
            let mut whole = Need { symbols: Vec::new(), weight: 0 };
            for node in nodes {
                let need = need(node, alphabet, phrases)?;
                whole.weight += need.weight;
                whole.symbols.extend(need.symbols);
            }
            Some(whole)
        }
        Node::Repeat(_, 0, _) => None,
        Node::Repeat(node, ..) | Node::Capture(_, node) => need(node, alphabet, phrases),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::pattern::Syntax;

    /// The names of the classes whose words are anchors of some patterns; a phrase "P" is made of "noun".
    fn anchors(patterns: &[&str]) -> Vec<&'static str> {
        let names = ["unknown", "frequent", "digits", "verb", "noun", "weekday", "P"];
        let mut alphabet = Alphabet::default();
        let symbols = names.map(|name| {
            let classes = match name {
                "P" => vec![alphabet.declare("P"), alphabet.declare("phrase")],
                name => vec![alphabet.declare(name)],
            };
            alphabet.symbol(classes)
        });
        alphabet.freeze();
        let macros = BTreeMap::new();
        let syntax = Syntax { alphabet: &alphabet, macros: &macros };
        let parse = |pattern: &&str| syntax.parse(pattern).expect("a pattern");
        let of = |patterns: &[&str], phrases: &Phrases| {
            let nodes: Vec<Node> = patterns.iter().map(parse).collect();
            Anchors::of(nodes.iter(), &alphabet, phrases)
        };
        let made = of(&["unknown? noun"], &Phrases::new());
        let found = of(patterns, &Phrases::from([(symbols[6], made)]));
        names
            .into_iter()
            .zip(symbols)
            .filter(|(_, symbol)| found.has(*symbol))
            .map(|(name, _)| name)
            .collect()
    }

    #[test]
    fn the_rarest_token_that_a_pattern_needs_is_its_anchor() {
        assert_eq!(anchors(&["frequent weekday digits"]), ["weekday"]);
        assert_eq!(anchors(&["frequent digits? weekday{0,2}"]), ["frequent"], "what may be missing is none");
        assert_eq!(anchors(&["frequent (weekday | noun{1,2} digits)"]), ["noun", "weekday"]);
        assert_eq!(anchors(&["frequent weekday", "span=(unknown digits)"]), ["digits", "weekday"]);
    }

    #[test]
    fn a_phrase_is_told_by_what_it_is_made_of() {
        assert_eq!(anchors(&["frequent P"]), ["noun", "P"]);
    }

    #[test]
    fn all_are_anchors_where_a_pattern_needs_none_in_particular() {
        assert_eq!(anchors(&["weekday", "unknown weekday?"]).len(), 7);
        assert_eq!(anchors(&["weekday", "(weekday | unknown) noun?"]).len(), 7);
    }
}
