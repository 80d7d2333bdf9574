//! `claimdesk health`: whether the service answers calls, for scripts and for containers that have nothing else in them.

use tonic_health::pb::{
    HealthCheckRequest, HealthCheckResponse, health_check_response::ServingStatus,
    health_client::HealthClient,
};

use super::{error::Error, output::say, session::Connection};

/// What the exit codes of this command mean, as its `--help` shows it.
pub(super) const EXIT_CODES: &str = "Exit codes:
  0  it answers calls
  1  it does not, or cannot be reached
  2  wrong usage";

/// The options of `claimdesk health`.
#[derive(Debug, clap::Args)]
pub struct Health {
    /// One of its services, such as claimdesk.v1.ClaimService; the whole where absent.
    #[arg(default_value = "", hide_default_value = true)]
    service: String,
    #[command(flatten)]
    connection: Connection,
}

impl Health {
    /// Asks once: whoever asks will ask again.
    pub(super) fn run(&self) -> Result<(), Error> {
        let session = self.connection.open()?;
        let request = HealthCheckRequest { service: self.service.clone() };
        let answer: Result<HealthCheckResponse, Error> = session
            .call_once(request, async |channel, request| HealthClient::new(channel).check(request).await);
        let status = answer.map_err(|error| Error::Unhealthy(error.to_string()))?.status();
        if status == ServingStatus::Serving {
            say("SERVING");
            return Ok(());
        }
        Err(Error::Unhealthy(format!("the service says {}", status.as_str_name())))
    }
}
