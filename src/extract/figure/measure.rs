//! Measures that are made of two ("7 feet 10 inches"), and how units of one dimension stand to each other.

use rust_decimal::Decimal;

/// UCUM codes with their dimension and how many of its basic unit (metre, square metre, gram, litre, kilometre an hour) they are.
const UNITS: &[(&str, char, &str)] = &[
    ("nm", 'l', "0.000000001"),
    ("um", 'l', "0.000001"),
    ("mm", 'l', "0.001"),
    ("cm", 'l', "0.01"),
    ("dm", 'l', "0.1"),
    ("m", 'l', "1"),
    ("km", 'l', "1000"),
    ("[in_i]", 'l', "0.0254"),
    ("[ft_i]", 'l', "0.3048"),
    ("[yd_i]", 'l', "0.9144"),
    ("[mi_i]", 'l', "1609.344"),
    ("[nmi_i]", 'l', "1852"),
    ("m2", 'a', "1"),
    ("har", 'a', "10000"),
    ("km2", 'a', "1000000"),
    ("[ft_i]2", 'a', "0.09290304"),
    ("[acr_us]", 'a', "4046.8726"),
    ("[smi_us]", 'a', "2589988.11"),
    ("[mi_i]2", 'a', "2589988.11"),
    ("km/h", 's', "1"),
    ("[mi_i]/h", 's', "1.609344"),
    ("[kn_i]", 's', "1.852"),
    ("mg", 'm', "0.001"),
    ("g", 'm', "1"),
    ("kg", 'm', "1000"),
    ("t", 'm', "1000000"),
    ("[oz_av]", 'm', "28.349523125"),
    ("[lb_av]", 'm', "453.59237"),
    ("[stone_av]", 'm', "6350.29318"),
    ("mL", 'v', "0.001"),
    ("cL", 'v', "0.01"),
    ("L", 'v', "1"),
    ("hL", 'v', "100"),
    ("m3", 'v', "1000"),
    ("[gal_us]", 'v', "3.785411784"),
    ("[bbl_us]", 'v', "158.987294928"),
];

fn factor(code: &str) -> Option<(char, Decimal)> {
    let (_, dimension, factor) = UNITS.iter().find(|(unit, ..)| *unit == code)?;
    Some((*dimension, factor.parse().ok()?))
}

/// How many of one unit another is; `None` where they measure different things.
pub(super) fn ratio(of: &str, to: &str) -> Option<Decimal> {
    if of == to {
        return Some(Decimal::ONE);
    }
    let ((one, of), (other, to)) = (factor(of)?, factor(to)?);
    if one == other { of.checked_div(to) } else { None }
}

/// What a value in one unit may be in another: the reading as a level, and for degrees that as a difference.
pub(in crate::extract) fn in_unit(value: Decimal, of: &str, to: &str) -> Vec<Decimal> {
    let (five, nine, freezing) = (Decimal::from(5), Decimal::from(9), Decimal::from(32));
    let readings = match (of, to) {
        ("Cel", "[degF]") => {
            let difference = value.checked_mul(nine).and_then(|value| value.checked_div(five));
            [difference.and_then(|difference| difference.checked_add(freezing)), difference]
        }
        ("[degF]", "Cel") => {
            let scaled = |value: Decimal| value.checked_mul(five)?.checked_div(nine);
            [value.checked_sub(freezing).and_then(scaled), scaled(value)]
        }
        _ => [ratio(of, to).and_then(|ratio| value.checked_mul(ratio)), None],
    };
    readings.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_one_dimension_convert() {
        let ratio = |of, to| super::ratio(of, to).map(|ratio| ratio.normalize().to_string());
        assert_eq!(ratio("[ft_i]", "[in_i]").as_deref(), Some("12"));
        assert_eq!(ratio("km", "m").as_deref(), Some("1000"));
        assert_eq!(ratio("[lb_av]", "[oz_av]").as_deref(), Some("16"));
        assert_eq!(ratio("W", "W").as_deref(), Some("1"));
        assert_eq!(ratio("km", "kg"), None);
        assert_eq!(ratio("km", "W"), None);
    }

    #[test]
    fn every_factor_is_a_number() {
        for (code, ..) in UNITS {
            assert!(factor(code).is_some(), "{code}");
        }
    }
}
