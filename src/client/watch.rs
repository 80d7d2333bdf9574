//! `claimdesk claims watch`: what happens, as it happens.

use std::time::Duration;

use tonic::Code;

use super::{
    error::Error,
    name::{ArticleName, last, short},
    output::{Format, Output, say},
    render::state_style,
    session::{Connection, Next, claim_service},
    value::{clean, moment},
};
use crate::proto::v1;

/// How long to wait before a watch that was cut off is resumed.
const PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The options of `claimdesk claims watch`.
#[derive(Debug, clap::Args)]
pub struct Watch {
    /// Only this article, such as k3f or articles/k3f; all where absent.
    article: Option<ArticleName>,
    /// Only changes that leave the claim so that it fits, in the filter language of AIP-160, such as: state = "VERIFIED"
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
    /// Go on behind this watch token; a watch tells its token when it ends, and with each message in JSON.
    #[arg(long, value_name = "TOKEN")]
    from: Option<String>,
    /// Begin with what happens from now on, rather than with the oldest change.
    #[arg(long, conflicts_with = "from")]
    new: bool,
    /// End after so many changes.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    output: Output,
}

impl Watch {
    /// Watches until the limit, or for ever: where the service goes away, or cuts the watch off, it is resumed.
    pub(super) fn run(&self) -> Result<(), Error> {
        let session = self.connection.open()?;
        let mut printer = self.output.printer();
        let mut token = self.from.clone().unwrap_or_default();
        let mut left = self.limit;
        let mut pause = PAUSE;
        loop {
            let request = v1::WatchClaimsRequest {
                parent: self.article.as_ref().map(|article| article.0.clone()).unwrap_or_default(),
                filter: self.filter.clone().unwrap_or_default(),
                only_new: self.new && token.is_empty(),
                watch_token: token.clone(),
            };
            let ended = session.stream(
                request,
                async |channel, request| claim_service(channel).watch_claims(request).await,
                |message: v1::WatchClaimsResponse| {
                    pause = PAUSE;
                    token.clone_from(&message.watch_token);
                    match printer.format() {
                        // Where a program reads along, it wants the tokens of checkpoints as well.
                        Format::Json | Format::Jsonl => printer.json_line(&message)?,
                        _ if message.change.is_none() => return Ok(Next::More),
                        Format::Yaml => printer.document(&message)?,
                        Format::Name => {
                            let changes = message.change.iter().cloned().collect();
                            printer.answer(&v1::ListChangesResponse { changes, ..Default::default() })?;
                        }
                        Format::Table | Format::Wide => printer.text(&line(&message))?,
                    }
                    if message.change.is_some() {
                        left = left.map(|left| left.saturating_sub(1));
                    }
                    Ok(if left == Some(0) { Next::Enough } else { Next::More })
                },
            );
            match ended {
                Ok(Next::Enough) => {
                    say(&format!("Go on with --from {token}"));
                    return Ok(());
                }
                Ok(Next::More) => {}
                Err(error) if may_resume(&error) => say(&format!("{error}; resuming")),
                Err(error) => return Err(error),
            }
            session.pause(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// A change on a line: when, where, what became of it, by whom, and what it says.
fn line(message: &v1::WatchClaimsResponse) -> String {
    let Some(change) = &message.change else { return String::new() };
    let article = change.name.split("/changes/").next().unwrap_or_default();
    let place = if change.claim.is_empty() { last(article).to_owned() } else { short(&change.claim) };
    let what = change.kind.to_lowercase().replace('_', " ");
    let (state, quote) = match &message.claim {
        Some(claim) => (claim.state.as_str(), clean(&claim.quote)),
        None => ("", String::new()),
    };
    let (style, actor) = (state_style(state), clean(&change.actor));
    let when = moment(change.change_time.as_ref());
    let line = format!("{when}  {place:<20}  {what:<15}  {style}{state:<12}{style:#}  {actor:<12}  {quote}");
    format!("{}\n", line.trim_end())
}

/// Whether the watch was only cut off.
fn may_resume(error: &Error) -> bool {
    match error {
        Error::Unreachable { .. } => true,
        Error::Refused(status) => matches!(
            status.code(),
            Code::Unavailable | Code::ResourceExhausted | Code::Unknown | Code::Cancelled
        ),
        _ => false,
    }
}
