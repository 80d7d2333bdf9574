//! Feasts of India, by the moon and by the sun's way through the signs. The places of both are good to a few minutes of
//! arc between 1900 and 2100, which is enough to tell the day.

use jiff::civil::Date;

use super::calendar::days;

/// The clock of India is so many hours ahead of Greenwich.
const INDIA: f64 = 5.5;
/// A lunar day is the time in which the moon gains so many degrees on the sun.
const LUNAR_DAY: f64 = 12.0;
/// So many degrees it gains in a day.
const GAIN: f64 = 12.190_749;
/// A sign of the zodiac in degrees.
const SIGN: f64 = 30.0;

/// The first day of a year on which a lunar day (1 to 30, counted from the new moon) of a month (1 is Chaitra; each ends with
/// a new moon) is on at an hour of the clock in India. One that is over between two such hours is of the day it begins on.
pub(super) fn lunar(month: u8, lunar_day: u8, hour: u8, year: i16) -> Option<Date> {
    let first = Date::new(year, 1, 1).ok()?;
    let days_with = |lunar_day: u8| {
        let mut all = (0..366).filter_map(|n| days(first, n)).filter(|day| day.year() == year);
        all.find(|day| {
            let t = centuries(*day, f64::from(hour));
            let on = (elongation(t) / LUNAR_DAY).floor();
            on == f64::from(lunar_day) - 1.0 && month_at(t) == Some(month)
        })
    };
    days_with(lunar_day).or_else(|| days_with(lunar_day.checked_sub(1)?))
}

/// The month that a time is in, named by the sign of the sun when it began; one in which the sun changes no sign is put in,
/// and has no feasts.
fn month_at(t: f64) -> Option<u8> {
    let sign = |t: f64| (zodiac(sun(t), t) / SIGN).floor();
    let began = new_moon(t);
    let ends = new_moon(began + 32.5 / 36_525.0);
    let found = (1..=12).find(|month| f64::from((month + 10) % 12) == sign(began));
    found.filter(|_| sign(began) != sign(ends))
}

/// The last new moon before a time.
fn new_moon(t: f64) -> f64 {
    let mut found = t - elongation(t) / GAIN / 36_525.0;
    for _ in 0..3 {
        let off = (elongation(found) + 180.0).rem_euclid(360.0) - 180.0;
        found -= off / GAIN / 36_525.0;
    }
    found
}

/// The day of a year on which the sun enters a sign (0 is the Ram) before it sets in India, or after it set the day before.
pub(super) fn solar(sign: u8, year: i16) -> Option<Date> {
    let wanted = f64::from(sign % 12) * SIGN;
    let first = Date::new(year, 1, 1).ok()?;
    let past = |day: Date| {
        let t = centuries(day, 18.0);
        (zodiac(sun(t), t) - wanted).rem_euclid(360.0) < 1.03
    };
    (0..366).filter_map(|n| days(first, n)).find(|day| past(*day)).filter(|day| day.year() == year)
}

/// Centuries since noon of 1 January 2000, of an hour in India.
fn centuries(day: Date, hour: f64) -> f64 {
    let epoch = Date::constant(2000, 1, 1);
    let since = epoch.until(day).map_or(0, |span| span.get_days());
    (f64::from(since) - 0.5 + (hour - INDIA) / 24.0) / 36_525.0
}

/// So many degrees the moon is ahead of the sun.
fn elongation(t: f64) -> f64 {
    (moon(t) - sun(t)).rem_euclid(360.0)
}

/// The place of the sun among the stars, from its place since the equinox (Lahiri).
fn zodiac(longitude: f64, t: f64) -> f64 {
    (longitude - 23.853 - 1.397 * t).rem_euclid(360.0)
}

/// The sun's longitude.
fn sun(t: f64) -> f64 {
    let anomaly = (357.529 + 35_999.050 * t).to_radians();
    280.466 + 36_000.770 * t + 1.915 * anomaly.sin() + 0.020 * (2.0 * anomaly).sin()
}

/// The moon's longitude, by its largest terms.
fn moon(t: f64) -> f64 {
    let elongation = 297.850 + 445_267.111 * t;
    let of_sun = 357.529 + 35_999.050 * t;
    let of_moon = 134.963 + 477_198.868 * t;
    let node = 93.272 + 483_202.018 * t;
    let terms = [
        (6.289, of_moon),
        (1.274, 2.0 * elongation - of_moon),
        (0.658, 2.0 * elongation),
        (0.214, 2.0 * of_moon),
        (-0.185, of_sun),
        (-0.114, 2.0 * node),
        (0.059, 2.0 * elongation - 2.0 * of_moon),
        (0.057, 2.0 * elongation - of_sun - of_moon),
        (0.053, 2.0 * elongation + of_moon),
        (0.046, 2.0 * elongation - of_sun),
        (-0.041, of_sun - of_moon),
        (-0.035, elongation),
        (-0.030, of_sun + of_moon),
    ];
    218.316 + 481_267.881 * t + terms.iter().map(|(size, angle)| size * angle.to_radians().sin()).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feasts_of_the_moon() {
        let date = |text: &str| text.parse::<Date>().ok();
        // Diwali is the new moon at the end of Ashvin, at dusk.
        for day in ["2013-11-03", "2016-10-30", "2019-10-27", "2021-11-04", "2023-11-12", "2024-10-31"] {
            assert_eq!(lunar(7, 30, 18, day[..4].parse().unwrap()), date(day));
        }
        // The ninth day of Chaitra, at noon.
        for day in ["2020-04-02", "2022-04-10", "2023-03-30", "2024-04-17"] {
            assert_eq!(lunar(1, 9, 12, day[..4].parse().unwrap()), date(day));
        }
        // The thirteenth day of the waning moon was over between two evenings.
        assert_eq!(lunar(7, 28, 18, 2019), date("2019-10-25"));
    }

    #[test]
    fn feasts_of_the_sun() {
        let date = |text: &str| text.parse::<Date>().ok();
        for day in ["2016-01-15", "2017-01-14", "2018-01-14", "2019-01-15", "2020-01-15"] {
            assert_eq!(solar(9, day[..4].parse().unwrap()), date(day));
        }
        assert_eq!(solar(0, 2018), date("2018-04-14"));
    }
}
