//! Ranges as sets of terms: what is ordered is cut into cells, each within a larger one, and has the term of each cell that it
//! lies in. A range is then a few terms, large cells in its middle and small ones at its ends.

use jiff::civil::Date;
use rust_decimal::Decimal;

/// How many characters of a date its cells have: the thousand years, the hundred, the ten, the year, the month, the day.
const DATE_LEVELS: [usize; 6] = [1, 2, 3, 4, 7, 10];
/// The lengths of the cells of time: 4 seconds, 4 minutes, 5 hours, 12 days, as powers of 2.
const TIME_LEVELS: [u32; 4] = [2, 8, 14, 20];
/// The numbers of the cells of scores.
const SCORE_LEVELS: [u32; 2] = [32, 1024];
/// How many cells the function `terms_by_worth` of the database has: see [`worth_cell`].
const WORTH_CELLS: i64 = 4096;
/// How many of them one list of terms asks for: what has one of the terms is compared with each cell of the list.
pub(super) const WORTH_CELLS_AT_ONCE: i64 = 16;
/// And how many the first does: of the best claims of a large publisher, one cell alone may have more than a page.
const WORTH_CELLS_AT_FIRST: i64 = 2;
/// How many cells of scores, and how many of times, are asked for by one list of terms at most. What has any of the other
/// terms is compared with each of them, so that more cells cost more than larger ones.
const MOST_CELLS: i64 = 64;
const MOST_TIMES: i64 = 16;

/// The cells of a day, given in ISO 8601 with or without a time; none for what is no day of our calendar.
pub(super) fn of_date(date: &str) -> Vec<&str> {
    let Some(day) = date.get(..10).filter(|day| day.parse::<Date>().is_ok()) else { return Vec::new() };
    DATE_LEVELS.iter().filter_map(|length| day.get(..*length)).collect()
}

/// The cells that have all days from `first` on to `last`, and no others.
pub(super) fn of_days(first: Date, last: Date) -> Vec<String> {
    let mut cells = Vec::new();
    let mut day = first;
    while day <= last {
        // The largest cell that begins here and ends in time.
        let end = |length: &usize| cell_end(day, *length).filter(|end| *end <= last);
        let Some((length, end)) = DATE_LEVELS.iter().find_map(|length| Some((length, end(length)?))) else {
            break;
        };
        cells.push(day.to_string().chars().take(*length).collect());
        let Ok(next) = end.tomorrow() else { break };
        day = next;
    }
    cells
}

/// The last day of the cell of this level that begins on a day, if one does.
fn cell_end(day: Date, length: usize) -> Option<Date> {
    let years = |count: i16| {
        let begins = day.year() % count == 0 && day.day_of_year() == 1;
        // The calendar ends with the year 9999.
        begins.then(|| Date::new((day.year() + count - 1).min(9999), 12, 31).ok()).flatten()
    };
    match length {
        1 => years(1000),
        2 => years(100),
        3 => years(10),
        4 => years(1),
        7 => (day.day() == 1).then(|| day.last_of_month()),
        _ => Some(day),
    }
}

/// The cells of a number: its order of magnitude, and its first digit with it.
pub(super) fn of_number(number: Decimal) -> Vec<String> {
    let Some((sign, magnitude, digit)) = leading(number) else { return vec!["0".to_owned()] };
    vec![format!("{sign}{magnitude}"), format!("{sign}{magnitude}.{digit}")]
}

/// Cells that have all numbers from `number` on, upwards or downwards, and few others.
pub(super) fn of_numbers(number: Decimal, upwards: bool) -> Vec<String> {
    /// A decimal has up to 29 digits, 28 of them behind the point.
    const MAGNITUDES: std::ops::RangeInclusive<i32> = -28..=28;
    let mut cells = Vec::new();
    // Away from zero, from its own cell on; and where it lies on the other side, all of this one.
    let outwards = |cells: &mut Vec<String>, sign: char, from: Option<(i32, u32)>| match from {
        Some((magnitude, digit)) => {
            cells.extend((digit..=9).map(|digit| format!("{sign}{magnitude}.{digit}")));
            cells.extend((magnitude + 1..=*MAGNITUDES.end()).map(|magnitude| format!("{sign}{magnitude}")));
        }
        None => cells.extend(MAGNITUDES.map(|magnitude| format!("{sign}{magnitude}"))),
    };
    // Towards zero, from its own cell on.
    let inwards = |cells: &mut Vec<String>, sign: char, (magnitude, digit): (i32, u32)| {
        cells.extend((1..=digit).map(|digit| format!("{sign}{magnitude}.{digit}")));
        cells.extend((*MAGNITUDES.start()..magnitude).map(|magnitude| format!("{sign}{magnitude}")));
    };
    let (ahead, behind) = if upwards { ('+', '-') } else { ('-', '+') };
    match leading(number) {
        Some((sign, magnitude, digit)) if sign == ahead => {
            outwards(&mut cells, ahead, Some((magnitude, digit)))
        }
        Some((_, magnitude, digit)) => {
            inwards(&mut cells, behind, (magnitude, digit));
            cells.push("0".to_owned());
            outwards(&mut cells, ahead, None);
        }
        None => {
            cells.push("0".to_owned());
            outwards(&mut cells, ahead, None);
        }
    }
    cells
}

/// The sign, the order of magnitude and the first digit of a number that is not zero.
fn leading(number: Decimal) -> Option<(char, i32, u32)> {
    let number = number.normalize();
    let digits = number.mantissa().unsigned_abs().to_string();
    let digit = digits.chars().next()?.to_digit(10).filter(|digit| *digit > 0)?;
    let magnitude = i32::try_from(digits.len()).ok()? - 1 - i32::try_from(number.scale()).ok()?;
    Some((if number.is_sign_negative() { '-' } else { '+' }, magnitude, digit))
}

/// The cells of a moment, in seconds of Unix time: the level and the number of each.
pub(super) fn of_time(second: i64) -> [(u32, i64); 4] {
    TIME_LEVELS.map(|level| (level, second >> level))
}

/// Cells that have all moments from one to another, and few others: the smallest that are few enough. `None` if the largest
/// are too many.
pub(super) fn of_times(first: i64, last: i64) -> Option<(u32, std::ops::RangeInclusive<i64>)> {
    let few = |level: &u32| (last >> level) - (first >> level) < MOST_TIMES;
    TIME_LEVELS.into_iter().find(few).map(|level| (level, first >> level..=last >> level))
}

/// The cells of a score from 0 to 1: how many there are at its level, and the number of the one.
pub(super) fn of_score(score: f64) -> [(u32, i64); 2] {
    SCORE_LEVELS.map(|level| (level, score_cell(score, level)))
}

/// Cells that have all scores from one to another, and few others.
pub(super) fn of_scores(least: f64, most: f64) -> Option<(u32, std::ops::RangeInclusive<i64>)> {
    let cells = |level| score_cell(least, level)..=score_cell(most, level);
    let few = |level: &u32| cells(*level).end() - cells(*level).start() < MOST_CELLS;
    SCORE_LEVELS.into_iter().rev().find(few).map(|level| (level, cells(level)))
}

/// The cells of `terms_by_worth` that have all scores from one to another, where they are no more than `most_cells`.
pub(super) fn of_worth(least: f64, most: f64, most_cells: i64) -> Option<std::ops::RangeInclusive<i64>> {
    let cells = worth_cell(least)..=worth_cell(most);
    (cells.end() - cells.start() < most_cells).then_some(cells)
}

/// Cells of `terms_by_worth` in lots that are asked for at once, in the order of a scan: each has more than the one before, so
/// that of many claims in the first cells not too many are fetched.
pub(super) fn lots(
    cells: &std::ops::RangeInclusive<i64>,
    descending: bool,
) -> Vec<std::ops::RangeInclusive<i64>> {
    let (mut first, mut last, mut number) = (*cells.start(), *cells.end(), WORTH_CELLS_AT_FIRST);
    let mut lots = Vec::new();
    while first <= last {
        if descending {
            lots.push(first.max(last - number + 1)..=last);
            last -= number;
        } else {
            lots.push(first..=last.min(first + number - 1));
            first += number;
        }
        number = (number * 2).min(WORTH_CELLS_AT_ONCE);
    }
    lots
}

/// The farthest score from one on that is within so many cells of `terms_by_worth`; `None` where all are.
pub(super) fn farthest_worth(start: f64, descending: bool, most_cells: i64) -> Option<f64> {
    let reach = most_cells.max(2) - 1;
    let cell = worth_cell(start) + if descending { -reach } else { reach };
    if !(1..WORTH_CELLS).contains(&cell) {
        return None;
    }
    // Halved until the two are neighbours.
    let (mut below, mut within) = (0.0, 1.0);
    loop {
        let middle = f64::midpoint(below, within);
        if middle <= below || middle >= within {
            return Some(within);
        }
        if worth_cell(middle) < cell { below = middle } else { within = middle }
    }
}

/// The cell of a score from 0 to 1, as the function `terms_by_worth` of the database has it. Half of the cells are as wide as
/// each other, for scores that are spread evenly; half are spread as the sixth power is, for those that crowd below 1.
fn worth_cell(score: f64) -> i64 {
    let score = score.clamp(0.0, 1.0);
    let place = (score + score * score * score * score * score * score) * 2048.0;
    #[expect(clippy::cast_possible_truncation, reason = "from 0 to 4096")]
    let cell = place.floor() as i64;
    cell
}

fn score_cell(score: f64, level: u32) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a score is from 0 to 1, a level has 1024 cells at most"
    )]
    let cell = (score.clamp(0.0, 1.0) * f64::from(level)) as i64;
    cell
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn meet(one: &[impl AsRef<str>], other: &[impl AsRef<str>]) -> bool {
        let one: BTreeSet<&str> = one.iter().map(AsRef::as_ref).collect();
        other.iter().any(|cell| one.contains(cell.as_ref()))
    }

    #[test]
    fn a_range_of_days_has_few_cells() {
        assert_eq!(
            of_days(date(2023, 2, 27), date(2023, 4, 1)),
            ["2023-02-27", "2023-02-28", "2023-03", "2023-04-01"]
        );
        assert_eq!(of_days(date(2023, 1, 1), date(9999, 12, 31)).len(), 30);
        assert_eq!(of_date("2023-09-04T10:00"), ["2", "20", "202", "2023", "2023-09", "2023-09-04"]);
        assert_eq!(of_date("-0044-03-15"), Vec::<&str>::new());
    }

    #[test]
    fn a_number_has_its_magnitude_and_its_first_digit() {
        let cells = |number: &str| of_number(number.parse().expect("a decimal"));
        assert_eq!(cells("1234.5"), ["+3", "+3.1"]);
        assert_eq!(cells("-0.050"), ["--2", "--2.5"]);
        assert_eq!(cells("0.00"), ["0"]);
    }

    #[test]
    fn lots_have_each_cell_once() {
        assert_eq!(lots(&(3..=3), false), [3..=3]);
        assert_eq!(lots(&(0..=32), false), [0..=1, 2..=5, 6..=13, 14..=29, 30..=32]);
        assert_eq!(lots(&(0..=32), true), [31..=32, 27..=30, 19..=26, 3..=18, 0..=2]);
    }

    proptest! {
        #[test]
        fn cells_of_days_have_exactly_their_days(
            year in 1i16..=9999, month in 1i8..=12, day in 1i8..=28, length in 0i32..4000, other in -5000i32..5000,
        ) {
            use jiff::ToSpan as _;
            let first = date(year, month, day);
            let last = first.checked_add(length.days()).unwrap_or(Date::MAX);
            if let Ok(tried) = first.checked_add(other.days()) && tried.year() > 0 {
                let cells = of_days(first, last);
                prop_assert_eq!(meet(&of_date(&tried.to_string()), &cells), first <= tried && tried <= last);
            }
        }

        #[test]
        fn cells_of_numbers_leave_none_out(a in any::<i64>(), scale in 0u32..19, b in any::<i32>(), upwards in any::<bool>()) {
            let (one, other) = (Decimal::new(a, scale), Decimal::from(b));
            for (limit, number) in [(one, other), (other, one), (one, one), (one, -one), (Decimal::ZERO, one), (one, Decimal::ZERO)] {
                let within = if upwards { number >= limit } else { number <= limit };
                prop_assert!(!within || meet(&of_number(number), &of_numbers(limit, upwards)), "{limit} {number}");
            }
        }

        #[test]
        fn few_cells_reach_from_one_end_to_the_other(score in 0.0..=1.0f64, descending in any::<bool>(), most_cells in 2i64..200) {
            let (mut place, mut steps) = (Some(score), 0);
            while let Some(from) = place {
                let next = farthest_worth(from, descending, most_cells);
                let end = next.unwrap_or(if descending { 0.0 } else { 1.0 });
                let onwards = if descending { end < from || from == 0.0 } else { end > from || from == 1.0 };
                prop_assert!(onwards);
                prop_assert!(of_worth(end.min(from), end.max(from), most_cells).is_some());
                (place, steps) = (next, steps + 1);
            }
            prop_assert!(steps <= WORTH_CELLS / (most_cells - 1) + 1);
        }

        #[test]
        fn cells_of_times_and_scores_leave_none_out(a in 0i64..4_000_000_000, length in 0i64..70_000_000, share in 0.0..=1.0f64, x in 0.0..=1.0f64, y in 0.0..=1.0f64) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "small numbers")]
            let within = a + (length as f64 * share) as i64;
            if let Some((level, cells)) = of_times(a, a + length) {
                prop_assert!(of_time(within).iter().any(|(l, cell)| *l == level && cells.contains(cell)));
            }
            let (least, most) = (x.min(y), x.max(y));
            if let Some((level, cells)) = of_scores(least, most) {
                let score = least + (most - least) * share;
                prop_assert!(of_score(score).iter().any(|(l, cell)| *l == level && cells.contains(cell)));
            }
        }
    }
}
