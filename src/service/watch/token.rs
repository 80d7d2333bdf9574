//! Watch tokens: a place in the change log, as callers keep it.

use std::{fmt, str::FromStr};

use data_encoding::BASE64URL_NOPAD;

use crate::store::{ShardPlace, StreamPlace};

/// How long a watch token may be: every shard at its largest number and with its seal, and some room.
const LIMIT: usize = 2000;

/// A place in the change log that can be written down and read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchToken(pub StreamPlace);

/// A text that is no watch token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no watch token of this service")]
pub struct InvalidWatchToken;

impl fmt::Display for WatchToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = |shard: &ShardPlace| match shard.seal {
            Some(seal) => format!("{}.{seal:x}", shard.position),
            None => shard.position.to_string(),
        };
        let shards: Vec<_> = self.0.shards().iter().map(written).collect();
        formatter.write_str(&BASE64URL_NOPAD.encode(shards.join(",").as_bytes()))
    }
}

impl FromStr for WatchToken {
    type Err = InvalidWatchToken;

    fn from_str(token: &str) -> Result<Self, InvalidWatchToken> {
        if token.len() > LIMIT {
            return Err(InvalidWatchToken);
        }
        let shards = BASE64URL_NOPAD.decode(token.as_bytes()).map_err(|_| InvalidWatchToken)?;
        let shards = String::from_utf8(shards).map_err(|_| InvalidWatchToken)?;
        let shards: Option<Vec<ShardPlace>> = shards.split(',').map(shard).collect();
        shards.ok_or(InvalidWatchToken)?.try_into().map(Self).map_err(|_| InvalidWatchToken)
    }
}

/// Reads the place in one shard.
fn shard(text: &str) -> Option<ShardPlace> {
    let (position, seal) = match text.split_once('.') {
        Some((position, seal)) => (position, Some(u32::from_str_radix(seal, 16).ok()?)),
        None => (text, None),
    };
    Some(ShardPlace { position: position.parse().ok()?, seal })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_token_comes_back_as_it_was(shards in prop::collection::vec((0..=i64::MAX, any::<Option<u32>>()), 32)) {
            let shards: Vec<_> = shards.into_iter().map(|(position, seal)| ShardPlace { position, seal }).collect();
            let token = WatchToken(StreamPlace::try_from(shards).expect("a place"));
            let written = token.to_string();
            prop_assert!(written.len() <= LIMIT);
            prop_assert!(written.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
            prop_assert_eq!(written.parse(), Ok(token));
        }

        #[test]
        fn whatever_is_read_can_be_written(text in "\\PC{0,40}", numbers in prop::collection::vec("[-+.0-9a-f]{0,20}", 31..34)) {
            for token in [text.clone(), BASE64URL_NOPAD.encode(text.as_bytes()), BASE64URL_NOPAD.encode(numbers.join(",").as_bytes())] {
                if let Ok(read) = token.parse::<WatchToken>() {
                    prop_assert_eq!(read.to_string().parse(), Ok(read));
                }
            }
        }
    }

    #[test]
    fn anything_else_is_none() {
        for wrong in ["", "x", "MQ", "LTE", &"A".repeat(3000)] {
            assert_eq!(wrong.parse::<WatchToken>(), Err(InvalidWatchToken), "{wrong}");
        }
    }
}
