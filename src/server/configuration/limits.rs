//! The part of the configuration that says how much is taken: of all callers together, and of each.

use std::{num::NonZero, time::Duration};

use super::{ConfigurationError, values::within};

const DEFAULT_CALLS: usize = 256;
/// Nobody is held back; what all callers do together has its limit anyway.
const DEFAULT_RATE: u32 = 0;
const DEFAULT_STREAMS: u32 = 4096;
const DEFAULT_CALL_SECONDS: u64 = 60;

/// The command line of `claimdesk serve`, as far as it says how much is taken.
#[derive(Debug, Default, Clone, clap::Args)]
#[command(next_help_heading = "How much is taken")]
pub struct LimitArguments {
    /// Calls under way at most; one more is sent away at once, to be tried again in a moment [default: 256]
    #[arg(long, value_name = "NUMBER", env = "CLAIMDESK_CONCURRENT_CALLS")]
    pub concurrent_calls: Option<String>,
    /// Calls that each caller may begin in a second, and at once; one more is sent away, to be tried again when its turn
    /// comes. 0 is any number [default: 0]
    #[arg(long, value_name = "NUMBER", env = "CLAIMDESK_CALLS_PER_SECOND")]
    pub calls_per_second: Option<String>,
    /// Streams (watches and imports) that each caller may have open; one more is sent away [default: 4096]
    #[arg(long, value_name = "NUMBER", env = "CLAIMDESK_STREAMS_PER_CALLER")]
    pub streams_per_caller: Option<String>,
    /// Seconds that a call may take that is no stream, also where its caller sets no deadline or a later one [default: 60]
    #[arg(long, value_name = "SECONDS", env = "CLAIMDESK_CALL_TIMEOUT")]
    pub call_timeout: Option<String>,
}

/// The same in the configuration file.
#[derive(Debug, Default)]
pub(super) struct LimitFile {
    pub(super) concurrent_calls: Option<usize>,
    pub(super) calls_per_second: Option<u32>,
    pub(super) streams_per_caller: Option<u32>,
    pub(super) call_timeout: Option<u64>,
}

/// How much is taken, checked.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Calls under way at most.
    pub(in crate::server) concurrent_calls: usize,
    /// Calls that each caller may begin in a second; any number where absent.
    pub(in crate::server) calls_per_second: Option<NonZero<u32>>,
    /// Streams that each caller may have open.
    pub(in crate::server) streams_per_caller: u32,
    /// How long a call may take that is no stream.
    pub(in crate::server) call_timeout: Duration,
}

impl Limits {
    pub(super) fn merge(given: LimitArguments, file: LimitFile) -> Result<Self, ConfigurationError> {
        let calls = file.concurrent_calls.unwrap_or(DEFAULT_CALLS);
        let rate = file.calls_per_second.unwrap_or(DEFAULT_RATE);
        let streams = file.streams_per_caller.unwrap_or(DEFAULT_STREAMS);
        let seconds = file.call_timeout.unwrap_or(DEFAULT_CALL_SECONDS);
        let rate = within("calls-per-second", given.calls_per_second, rate, 0..=1_000_000)?;
        Ok(Self {
            concurrent_calls: within("concurrent-calls", given.concurrent_calls, calls, 1..=100_000)?,
            calls_per_second: NonZero::new(rate),
            streams_per_caller: within(
                "streams-per-caller",
                given.streams_per_caller,
                streams,
                1..=1_000_000,
            )?,
            call_timeout: Duration::from_secs(within(
                "call-timeout",
                given.call_timeout,
                seconds,
                1..=86_400,
            )?),
        })
    }
}
