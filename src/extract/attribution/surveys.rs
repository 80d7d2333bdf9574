//! Surveys: the figures of the sentences behind one that names a survey are the survey's.

use std::ops::Range;

use crate::{
    claim::{FigureKind, PointValue},
    extract::{
        document::Document,
        expression::Expressions,
        language::{Pack, WellKnown},
    },
};

/// Whether some of the tokens speak of a survey.
pub(super) fn names_one(document: &Document, pack: &Pack, tokens: Range<usize>) -> bool {
    pack.any_has(document, tokens, "survey")
}

/// Whether a sentence has a share in percent.
pub(super) fn has_share(expressions: &Expressions, sentence: usize) -> bool {
    expressions
        .of_sentence(sentence)
        .iter()
        .any(|expression| matches!(&expression.point.value, PointValue::Figure(figure) if figure.kind == FigureKind::Percent))
}

/// Whether a sentence tells results of a survey: shares, or figures of those who were asked.
pub(super) fn tells_results(
    document: &Document,
    pack: &Pack,
    expressions: &Expressions,
    sentence: usize,
) -> bool {
    has_share(expressions, sentence)
        || !expressions.of_sentence(sentence).is_empty()
            && pack.any_well_known(document, document.sentences[sentence].tokens.clone())
                & WellKnown::mask(&[WellKnown::Polled])
                != 0
}
