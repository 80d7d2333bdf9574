use std::{fmt, str::FromStr};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// When an article was published, as exactly as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum PublishDate {
    /// Only the year is known.
    Year(i16),
    /// The year and the month are known.
    Month(i16, i8),
    /// The day is known.
    Day(Date),
}

/// A text that is no publish date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no date; write YYYY-MM-DD, YYYY-MM or YYYY, such as 2024-06-19, 2024-06 or 2024")]
pub struct InvalidPublishDate(pub String);

impl PublishDate {
    /// The year.
    #[must_use]
    pub fn year(self) -> i16 {
        match self {
            Self::Year(year) | Self::Month(year, _) => year,
            Self::Day(day) => day.year(),
        }
    }

    /// The month, 1 to 12, where it is known.
    #[must_use]
    pub fn month(self) -> Option<i8> {
        match self {
            Self::Year(_) => None,
            Self::Month(_, month) => Some(month),
            Self::Day(day) => Some(day.month()),
        }
    }

    /// The day, where it is known.
    #[must_use]
    pub fn day(self) -> Option<Date> {
        match self {
            Self::Day(day) => Some(day),
            _ => None,
        }
    }
}

impl FromStr for PublishDate {
    type Err = InvalidPublishDate;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // A date is short; what is not one is shown only as far as it helps.
        let invalid = || InvalidPublishDate(text.chars().take(40).collect());
        let digits = |part: &str, length: usize| {
            (part.len() == length && part.bytes().all(|b| b.is_ascii_digit()))
                .then(|| part.parse::<i16>().ok())
                .flatten()
                .ok_or_else(invalid)
        };
        let mut parts = text.splitn(3, '-');
        let year = digits(parts.next().unwrap_or_default(), 4)?;
        if year == 0 {
            return Err(invalid());
        }
        let Some(month) = parts.next() else { return Ok(Self::Year(year)) };
        let month = i8::try_from(digits(month, 2)?).map_err(|_| invalid())?;
        if !(1..=12).contains(&month) {
            return Err(invalid());
        }
        let Some(day) = parts.next() else { return Ok(Self::Month(year, month)) };
        let day = i8::try_from(digits(day, 2)?).map_err(|_| invalid())?;
        Date::new(year, month, day).map(Self::Day).map_err(|_| invalid())
    }
}

impl fmt::Display for PublishDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Year(year) => write!(f, "{year:04}"),
            Self::Month(year, month) => write!(f, "{year:04}-{month:02}"),
            Self::Day(day) => write!(f, "{day}"),
        }
    }
}

impl TryFrom<String> for PublishDate {
    type Error = InvalidPublishDate;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<PublishDate> for String {
    fn from(date: PublishDate) -> Self {
        date.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::PublishDate;

    #[test]
    fn keeps_its_precision() {
        for text in ["2024-06-19", "2024-06", "2024", "0987-01-01"] {
            assert_eq!(text.parse::<PublishDate>().map(|d| d.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn refuses_what_is_no_date() {
        for text in
            ["", "24", "2024-13", "2024-02-30", "2024-6-1", "2024-06-19T10:00", "0000", "+024", "19.06.2024"]
        {
            assert!(text.parse::<PublishDate>().is_err(), "{text}");
        }
    }
}
