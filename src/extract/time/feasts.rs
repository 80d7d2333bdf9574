//! Feasts: the day of one in a year, by the rule that a pack gives.

use jiff::civil::Date;

use super::{calendar::days, moon};

/// A feast of a year by a pack's rule: "12-25" a fixed day, "easter-2" so many days from Easter Sunday, "orthodox+1" from
/// that of the Orthodox churches, "from-11-27-7-1" the first Sunday (weekday 7) of those from 27 November on, "nth-11-4-4"
/// the fourth Thursday (weekday 4) of November, "nth-5-1-0" the last Monday of May, "nth-11-4-4+1" the day after the fourth
/// Thursday, "islamic-10-1" the first day of the tenth month, "hebrew+9" so many days from the Jewish New Year, "2016-03-01,2020-03-03" days that follow no rule,
/// "lunar-7-30-18" the thirtieth day of the seventh lunar month of India that is on at 18 o'clock, "solar-9" the day on which
/// the sun enters the tenth sign, "solar-9+1" the day after it. `None` where the year has no such day.
pub(super) fn feast(rule: &str, year: i16) -> Option<Date> {
    if let Some((nth, offset)) = rule.split_once('+').filter(|_| rule.starts_with("nth-")) {
        return days(feast(nth, year)?, offset.parse().unwrap_or(0));
    }
    if let Some(offset) = rule.strip_prefix("easter") {
        return days(easter(year)?, offset.parse().unwrap_or(0));
    }
    if let Some(offset) = rule.strip_prefix("orthodox") {
        return days(orthodox_easter(year)?, offset.parse().unwrap_or(0));
    }
    if let Some((month, day)) = rule.strip_prefix("islamic-").and_then(|rule| rule.split_once('-')) {
        return islamic(month.parse().ok()?, day.parse().ok()?, year);
    }
    if let Some(rule) = rule.strip_prefix("lunar-") {
        let (rule, offset) = rule.split_once('+').unwrap_or((rule, "0"));
        let mut parts = rule.split('-').filter_map(|part| part.parse::<u8>().ok());
        let day = moon::lunar(parts.next()?, parts.next()?, parts.next()?, year)?;
        return days(day, offset.parse().unwrap_or(0));
    }
    if let Some(rule) = rule.strip_prefix("solar-") {
        let (sign, offset) = rule.split_once('+').unwrap_or((rule, "0"));
        return days(moon::solar(sign.parse().ok()?, year)?, offset.parse().unwrap_or(0));
    }
    if let Some(offset) = rule.strip_prefix("hebrew") {
        return days(hebrew_new_year(year)?, offset.parse().unwrap_or(0));
    }
    if rule.contains(',') {
        return rule.split(',').filter_map(|day| day.parse::<Date>().ok()).find(|day| day.year() == year);
    }
    let mut parts = rule.split('-').filter_map(|part| part.parse::<i8>().ok());
    if rule.starts_with("nth-") {
        let (month, weekday, nth) = (parts.next()?, parts.next()?, parts.next()?);
        let first = Date::new(year, month, 1).ok()?;
        if nth == 0 {
            let last = first.last_of_month();
            let back = (last.weekday().to_monday_one_offset() - weekday).rem_euclid(7);
            return days(last, -i64::from(back));
        }
        return nth_from(first, weekday, nth);
    }
    let day = Date::new(year, parts.next()?, parts.next()?).ok()?;
    if rule.starts_with("from-") {
        return nth_from(day, parts.next()?, parts.next()?);
    }
    Some(day)
}

/// The nth of a weekday on or after a day.
fn nth_from(day: Date, weekday: i8, nth: i8) -> Option<Date> {
    let to_first = (weekday - day.weekday().to_monday_one_offset()).rem_euclid(7);
    days(day, i64::from(to_first) + 7 * (i64::from(nth) - 1))
}

/// Easter Sunday of a year in the Gregorian calendar, by the rule of Meeus, Jones and Butcher.
fn easter(year: i16) -> Option<Date> {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (b - (b + 8) / 25 + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    Date::new(year, i8::try_from(n / 31).ok()?, i8::try_from(n % 31 + 1).ok()?).ok()
}

/// Easter Sunday of the Julian calendar, by the rule of Meeus, as a day of the Gregorian.
fn orthodox_easter(year: i16) -> Option<Date> {
    let y = i32::from(year);
    let d = (19 * (y % 19) + 15) % 30;
    let e = (2 * (y % 4) + 4 * (y % 7) - d + 34) % 7;
    let n = d + e + 114;
    let julian = Date::new(year, i8::try_from(n / 31).ok()?, i8::try_from(n % 31 + 1).ok()?).ok()?;
    days(julian, i64::from(y / 100 - y / 400 - 2))
}

/// The first day of a Gregorian year that is a given day of the tabular Islamic calendar. Where the moon is watched it may
/// be a day off.
fn islamic(month: i32, day: i32, year: i16) -> Option<Date> {
    let epoch = Date::new(622, 7, 19).ok()?;
    let about = (i32::from(year) - 622) * 33 / 32;
    (about - 1..=about + 2).find_map(|islamic| {
        let before = (islamic - 1) * 354 + (3 + 11 * islamic) / 30 + 29 * (month - 1) + month / 2 + day - 1;
        days(epoch, i64::from(before)).filter(|day| day.year() == year)
    })
}

/// The Jewish New Year of a Gregorian year, by the rule of Gauss: a day of September, counted in parts of so many for a day.
fn hebrew_new_year(year: i16) -> Option<Date> {
    const DAY: i64 = 492_480;
    let y = i64::from(year);
    let moon = (12 * (y % 19 + 1)) % 19;
    let count = (y / 100 - y / 400 - 2) * DAY + 765_433 * moon + (y % 4) * DAY / 4 - (313 * y + 89_081) * 5;
    let (day, part) = (count.div_euclid(DAY), count.rem_euclid(DAY));
    let found = days(Date::new(year, 8, 31).ok()?, day)?;
    // It is put off where other feasts would fall badly, or a year would be too long or too short.
    let put_off = match found.weekday().to_monday_one_offset() {
        7 | 3 | 5 => 1,
        1 if part * 25_920 >= 23_269 * DAY && moon > 11 => 1,
        2 if part * 2_160 >= 1_367 * DAY && moon > 6 => 2,
        _ => 0,
    };
    days(found, put_off)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feasts_move_with_easter() {
        let date = |text: &str| text.parse::<Date>().ok();
        assert_eq!(easter(2024), date("2024-03-31"));
        assert_eq!(easter(2011), date("2011-04-24"));
        assert_eq!(feast("easter-2", 2024), date("2024-03-29"));
        assert_eq!(feast("nth-11-4-4", 2024), date("2024-11-28"));
        assert_eq!(feast("nth-5-1-0", 2021), date("2021-05-31"));
        assert_eq!(feast("from-11-27-7-1", 2018), date("2018-12-02"));
        assert_eq!(feast("12-25", 2024), date("2024-12-25"));
    }

    #[test]
    fn the_orthodox_easter_is_that_of_the_julian_calendar() {
        let date = |text: &str| text.parse::<Date>().ok();
        assert_eq!(feast("orthodox+0", 2018), date("2018-04-08"));
        assert_eq!(feast("orthodox-2", 2021), date("2021-04-30"));
        assert_eq!(feast("orthodox+0", 2025), date("2025-04-20"));
    }
    #[test]
    fn some_days_are_not_of_every_year() {
        let date = |text: &str| text.parse::<Date>().ok();
        assert_eq!(feast("islamic-10-1", 2018), date("2018-06-15"));
        assert_eq!(feast("2020-03-03,2024-03-05", 2024), date("2024-03-05"));
        assert_eq!(feast("2020-03-03,2024-03-05", 2023), None);
    }

    #[test]
    fn the_jewish_year_begins_in_autumn() {
        let date = |text: &str| text.parse::<Date>().ok();
        assert_eq!(feast("hebrew+0", 2018), date("2018-09-10"));
        assert_eq!(feast("hebrew+0", 2023), date("2023-09-16"));
        assert_eq!(feast("hebrew+0", 2024), date("2024-10-03"));
        assert_eq!(feast("hebrew+9", 2022), date("2022-10-05"));
        assert_eq!(feast("hebrew-163", 2019), date("2019-04-20"));
    }
}
