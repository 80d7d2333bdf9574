//! Points in time, as PostgreSQL's timestamptz keeps them: to the microsecond.

use jiff::Timestamp;
use sqlx::{
    Decode, Encode, Postgres, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgTypeInfo, PgValueFormat, PgValueRef, types::Oid},
};

/// The object identifier of timestamptz, the same in every PostgreSQL.
const TIMESTAMPTZ: Oid = Oid(1184);
/// PostgreSQL counts from 2000-01-01T00:00:00Z.
const EPOCH_MICROSECONDS: i64 = 946_684_800_000_000;
/// The first moment that PostgreSQL knows, in its count: 4714-11-24 BC. A filter or a token may name one before it, which
/// nothing that is stored was at: it becomes this one.
const FIRST: i64 = -211_813_488_000_000_000;

/// A timestamptz.
#[derive(Debug, Clone, Copy)]
pub(super) struct Time(pub(super) Timestamp);

impl Type<Postgres> for Time {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(TIMESTAMPTZ)
    }

    fn compatible(given: &PgTypeInfo) -> bool {
        given.oid() == Some(TIMESTAMPTZ)
    }
}

impl Encode<'_, Postgres> for Time {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <i64 as Encode<Postgres>>::encode((self.0.as_microsecond() - EPOCH_MICROSECONDS).max(FIRST), buffer)
    }
}

impl Decode<'_, Postgres> for Time {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        if value.format() == PgValueFormat::Text {
            return Err("a timestamptz came as text".into());
        }
        let microseconds = <i64 as Decode<Postgres>>::decode(value)?;
        let since_1970 =
            microseconds.checked_add(EPOCH_MICROSECONDS).ok_or("a timestamptz beyond any calendar")?;
        Ok(Self(Timestamp::from_microsecond(since_1970)?))
    }
}
