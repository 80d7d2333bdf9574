//! The deadline that the caller set.
//!
//! tonic itself ends a call at its deadline, but answers CANCELLED. So we end it a little earlier, with the right status.

use std::{convert::Infallible, time::Duration};

use tonic::Status;

use super::{Request, Response};
use crate::service::ServiceError;

/// By how much we are earlier than tonic: a tenth of the deadline, within these limits. Timers tell milliseconds, so that
/// less would be a race; a deadline that is no longer than that has passed already.
const LEAST_HEAD_START: Duration = Duration::from_millis(2);
const MOST_HEAD_START: Duration = Duration::from_millis(10);

/// The time that the caller gives: a number of at most 8 digits, and a unit.
fn of(request: &Request) -> Option<Duration> {
    parse(request.headers().get("grpc-timeout")?.to_str().ok()?)
}

fn parse(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if number.is_empty() || number.len() > 8 || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: u64 = number.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(number * 3600),
        "M" => Duration::from_secs(number * 60),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

/// How long a call may take: as its caller says, and no longer than `most`. A stream may go on for as long as its caller
/// likes.
pub(super) fn limit(request: &Request, most: Duration, stream: bool) -> Option<Duration> {
    let asked = of(request);
    if stream { asked } else { Some(asked.map_or(most, |asked| asked.min(most))) }
}

/// Ends the work at the deadline. Work that is dropped rolls back.
pub(super) async fn bounded(
    limit: Option<Duration>,
    work: impl Future<Output = Result<Response, Infallible>>,
) -> Result<Response, Infallible> {
    let Some(limit) = limit else { return work.await };
    let limit = limit.saturating_sub((limit / 10).clamp(LEAST_HEAD_START, MOST_HEAD_START));
    if !limit.is_zero()
        && let Ok(response) = tokio::time::timeout(limit, work).await
    {
        return response;
    }
    Ok(Status::from(ServiceError::DeadlineExceeded).into_http())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_that_does_not_end_ends_at_its_deadline_however_short() {
        let never = || std::future::pending::<Result<Response, Infallible>>();
        for limit in [1, 2_000_000, 5_000_000] {
            let response = bounded(Some(Duration::from_nanos(limit)), never()).await.expect("an answer");
            let status = Status::from_header_map(response.headers()).expect("a status");
            assert_eq!(status.code(), tonic::Code::DeadlineExceeded);
        }
    }

    #[test]
    fn a_deadline_is_a_number_and_a_unit() {
        assert_eq!(parse("250m"), Some(Duration::from_millis(250)));
        assert_eq!(parse("99999999H"), Some(Duration::from_secs(99_999_999 * 3600)));
        for wrong in ["", "m", "5", "123456789S", "-1S", "1 S", "1µ", "ä"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
