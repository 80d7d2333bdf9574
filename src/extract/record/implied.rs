//! The earlier time that a record implies.

use crate::claim::PublishDate;

/// The unit of a TIMEX3 duration, in months, with its name.
fn unit(code: &str) -> Option<(i32, &'static str)> {
    match code {
        "M" => Some((1, "month")),
        "Y" => Some((12, "year")),
        "DE" => Some((120, "decade")),
        "CE" => Some((1200, "century")),
        _ => None,
    }
}

/// The time a span before a publish date, at the precision of the span's unit, and the reckoning in words; `None` for
/// a span without a number or of days and weeks.
pub(super) fn before(publish_date: PublishDate, span: &str) -> Option<(String, String)> {
    let span = span.strip_prefix('P')?;
    let digits = span.bytes().take_while(u8::is_ascii_digit).count();
    let count: i32 = span[..digits].parse().ok()?;
    let (months, name) = unit(&span[digits..])?;
    let back = count.checked_mul(months)?;
    let year = i32::from(publish_date.year());
    let time = if name == "month" {
        let month = i32::from(publish_date.month()?);
        let at = (year * 12 + month - 1).checked_sub(back)?;
        (at > 0).then(|| format!("{:04}-{:02}", at.div_euclid(12), at.rem_euclid(12) + 1))?
    } else {
        let at = year.checked_sub(back / 12)?;
        (at > 0).then(|| format!("{at:04}"))?
    };
    let plural = match (count, name) {
        (1, name) => name.to_owned(),
        (_, "century") => "centuries".to_owned(),
        (_, name) => format!("{name}s"),
    };
    let derivation = format!("{count} {plural} before {publish_date} is {time}");
    Some((time, derivation))
}

/// A duration of decades or centuries in years, where their number is known; any other as it is.
pub(super) fn in_years(span: &str) -> String {
    let years = |code: &str, years: i64| {
        let count: i64 = span.strip_prefix('P')?.strip_suffix(code)?.parse().ok()?;
        Some(format!("P{}Y", count.checked_mul(years)?))
    };
    years("DE", 10).or_else(|| years("CE", 100)).unwrap_or_else(|| span.to_owned())
}

/// The year of a TIMEX3 value that begins with one.
pub(super) fn year(value: &str) -> Option<String> {
    let year = value.get(..4)?;
    (year.bytes().all(|b| b.is_ascii_digit()) && !value[4..].starts_with(|c: char| c.is_ascii_digit()))
        .then(|| year.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn implied(date: &str, span: &str) -> Option<String> {
        before(date.parse().expect("a date"), span).map(|(time, _)| time)
    }

    #[test]
    fn a_span_is_taken_off_at_its_own_precision() {
        assert_eq!(implied("2024-06", "P24Y").as_deref(), Some("2000"));
        assert_eq!(implied("2024-02-29", "P3M").as_deref(), Some("2023-11"));
        assert_eq!(implied("2024", "P1DE").as_deref(), Some("2014"));
        assert_eq!(implied("2024", "P2CE").as_deref(), Some("1824"));
        assert_eq!(
            before("2024-06".parse().expect("a date"), "P24Y").expect("a time").1,
            "24 years before 2024-06 is 2000"
        );
    }

    #[test]
    fn what_cannot_be_reckoned_implies_nothing() {
        for (date, span) in [
            ("2024", "P3M"),
            ("2024", "PXDE"),
            ("2024", "P9999999999Y"),
            ("2024", "P5000Y"),
            ("2024", "P3D"),
            ("2024", ""),
        ] {
            assert_eq!(implied(date, span), None, "{span}");
        }
    }

    #[test]
    fn decades_are_counted_in_years() {
        assert_eq!(in_years("P1DE"), "P10Y");
        assert_eq!(in_years("P2CE"), "P200Y");
        assert_eq!(in_years("PXDE"), "PXDE");
        assert_eq!(in_years("P3M"), "P3M");
    }

    #[test]
    fn a_year_is_the_year_of_a_date() {
        assert_eq!(year("1997-05-01").as_deref(), Some("1997"));
        assert_eq!(year("2000").as_deref(), Some("2000"));
        assert_eq!(year("PAST_REF"), None);
        assert_eq!(year("199"), None);
    }
}
