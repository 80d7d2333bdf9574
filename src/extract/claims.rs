//! Which sentences are claims: those that evidence could confirm or refute.

use super::{
    Sentence, attribution::Attributions, consistency, document::Document, expression::Expressions,
    language::Pack, worthiness::Features,
};
use crate::claim::{Article, Claim};

/// Chooses the claims of an article, and scores all sentences of its running text.
pub(super) fn choose(
    document: &Document,
    pack: &Pack,
    article: &Article,
    expressions: &Expressions,
    attributions: &Attributions,
) -> (Vec<Claim>, Vec<Sentence>) {
    let mut claims = Vec::new();
    let mut of = Vec::with_capacity(document.sentences.len());
    let mut sentences = Vec::with_capacity(document.sentences.len());
    for (position, features) in Features::of_text(document, pack, expressions, attributions) {
        let sentence = &document.sentences[position];
        let span = document.span(sentence.tokens.clone());
        let judged = pack.worthiness().judge(document, position, &features);
        let check_worthiness = judged.worth;
        sentences.push(Sentence { span, check_worthiness });
        if !judged.checkable {
            continue;
        }
        if claims.is_empty() {
            claims.reserve(document.sentences.len() - position);
        }
        of.push(position);
        claims.push(Claim {
            quote: document.slice(sentence.tokens.clone()).to_owned(),
            span: Some(span),
            points: expressions.of_sentence(position).iter().map(|e| e.point.clone()).collect(),
            sources: attributions.sources(position),
            modality: attributions.modality(position),
            check_worthiness,
            check_worthiness_reasons: judged.reasons,
            findings: Vec::new(),
            language: pack.code().to_owned(),
        });
    }
    consistency::check(document, pack, article.publish_date, expressions, &of, &mut claims);
    (claims, sentences)
}
