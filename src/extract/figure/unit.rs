//! What a figure measures, as a code: UCUM for measures, ISO 4217 for money.

use crate::{
    claim::FigureKind,
    extract::{document::Document, language::Pack, pattern::Match},
};

/// The unit of a match; empty where there is none.
pub(super) fn code(matched: &Match, document: &Document, pack: &Pack, kind: FigureKind) -> String {
    if let Some(unit) = matched.constant("unit") {
        return unit.to_owned();
    }
    let of = |name: &str, classes: &[&str]| {
        let part = matched.part(name)?;
        classes.iter().find_map(|class| pack.value_in(document, part.clone(), class)).map(str::to_owned)
    };
    match kind {
        FigureKind::Percent => "%".to_owned(),
        // "kanadische Dollar": the country says more than the name of the currency.
        FigureKind::Money => of(
            "unit",
            &["currency_adjective", "dollar_letter", "currency_symbol", "currency", "currency_code"],
        )
        .unwrap_or_default(),
        FigureKind::Age => of("unit", &["age_unit"]).unwrap_or_else(|| "a".to_owned()),
        FigureKind::Quantity => {
            let mut code = of("unit", &["temperature_scale", "ucum", "unit_symbol"]).unwrap_or_default();
            if matched.part("square").is_some() {
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
        FigureKind::Number | FigureKind::Ordinal => String::new(),
    }
}
