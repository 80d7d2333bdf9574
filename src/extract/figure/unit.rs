//! What a figure measures, as a code: UCUM for measures, ISO 4217 for money.

use std::ops::Range;

use compact_str::CompactString;

use crate::{
    claim::FigureKind,
    extract::{document::Document, language::Pack, pattern::Match},
};

/// The classes of units, the first that fits deciding.
const MEASURES: [&str; 5] = ["temperature_scale", "ucum", "unit_symbol", "inch", "unit_in_context"];

/// The classes of currencies: the country says more than the name ("kanadische Dollar"), and letters more than a sign.
const CURRENCIES: [&str; 6] = [
    "currency_adjective",
    "dollar_letter",
    "currency_code",
    "currency_symbol",
    "currency",
    "million_of_currency",
];

/// The unit that a range of tokens names.
pub(super) fn of<'p>(document: &Document, pack: &'p Pack, tokens: Range<usize>) -> Option<&'p str> {
    MEASURES.iter().find_map(|class| pack.value_in(document, tokens.clone(), class))
}

/// The measure or the currency that a range of tokens names.
pub(super) fn any<'p>(document: &Document, pack: &'p Pack, tokens: Range<usize>) -> Option<&'p str> {
    let mut classes = MEASURES.iter().chain(&CURRENCIES);
    classes.find_map(|class| pack.value_in(document, tokens.clone(), class))
}

/// The unit of a match; empty where there is none, and `None` where what stands there is no unit.
pub(super) fn code(
    matched: &Match,
    document: &Document,
    pack: &Pack,
    kind: FigureKind,
) -> Option<CompactString> {
    if let Some(unit) = matched.constant("unit") {
        return Some(unit.into());
    }
    let of = |name: &str, classes: &[&str]| {
        let part = matched.part(name)?;
        classes.iter().find_map(|class| pack.value_in(document, part.clone(), class)).map(CompactString::from)
    };
    let code = match kind {
        FigureKind::Percent => "%".into(),
        FigureKind::Money => of("unit", &CURRENCIES).unwrap_or_default(),
        FigureKind::Age => of("unit", &["age_unit"]).unwrap_or_else(|| "a".into()),
        FigureKind::Quantity => {
            let mut code = of("unit", &MEASURES).unwrap_or_default();
            if let Some(exponent) = matched.part("exponent") {
                match document.slice(exponent) {
                    exponent @ ("2" | "3") => code.push_str(exponent),
                    _ => return None,
                }
            } else if matched.part("square").is_some() {
                code.push('2');
            } else if matched.part("cubic").is_some() {
                code.push('3');
            }
            if let Some(per) = of("per", &["per_unit", "ucum", "unit_symbol"]) {
                code.push('/');
                code.push_str(&per);
            }
            code
        }
        FigureKind::Number | FigureKind::Ordinal => CompactString::default(),
    };
    Some(code)
}
