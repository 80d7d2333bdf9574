//! `claimdesk tokens`: who may call the service, and as what.

use std::time::Duration;

use super::{
    EXIT_CODES,
    error::Error,
    grid::{Column, Grid, Line, fixed, flexible},
    name,
    output::{Answer, Format, Output, say},
    paging::Paging,
    render::Look,
    session::{Connection, admin_service},
    value::{clean, moment},
};
use crate::{claim::Role, proto::v1};

/// The commands of `claimdesk tokens`. All of them need the role ADMIN.
#[derive(Debug, clap::Subcommand)]
pub enum Tokens {
    /// Make a token. It is shown once, on standard output.
    #[command(after_help = EXIT_CODES)]
    Create(Box<Create>),
    /// List the tokens, the oldest first, with those that were revoked or have expired.
    #[command(after_help = EXIT_CODES)]
    List(Box<List>),
    /// Revoke a token: within seconds no service takes it any more.
    #[command(after_help = EXIT_CODES)]
    Revoke(Box<Revoke>),
}

/// The options of `claimdesk tokens create`.
#[derive(Debug, clap::Args)]
pub struct Create {
    /// Who it is for: the name that stands in the record of what is done with it, such as ada@example.org or cms.
    subject: String,
    /// What it allows: submitter, reader, reviewer or admin; give it again, or commas, for several.
    #[arg(long = "role", value_name = "ROLE", value_delimiter = ',', required = true)]
    roles: Vec<Role>,
    /// How long it is valid, from a second to 366 days: as in 90d, 12h, 30m or 45s.
    #[arg(long = "for", value_name = "TIME", default_value = "90d", value_parser = lifetime)]
    lifetime: Duration,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    output: Output,
}

/// The options of `claimdesk tokens list`.
#[derive(Debug, clap::Args)]
pub struct List {
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    output: Output,
}

/// The options of `claimdesk tokens revoke`.
#[derive(Debug, clap::Args)]
pub struct Revoke {
    /// The token's name, as `claimdesk tokens list` shows it; not the token itself.
    #[arg(value_name = "TOKEN")]
    name: String,
    #[command(flatten)]
    connection: Connection,
}

impl Tokens {
    pub(super) fn run(&self) -> Result<(), Error> {
        match self {
            Self::Create(create) => create.run(),
            Self::List(list) => list.run(),
            Self::Revoke(revoke) => revoke.run(),
        }
    }
}

impl Create {
    fn run(&self) -> Result<(), Error> {
        if self.output.output == Format::Name {
            return Err(Error::Usage(
                "a new token is shown once, and -o name would not show it: leave it out, or use -o json"
                    .to_owned(),
            ));
        }
        let token = v1::Token {
            subject: self.subject.clone(),
            roles: self.roles.iter().map(Role::to_string).collect(),
            ..v1::Token::default()
        };
        let seconds = i64::try_from(self.lifetime.as_secs()).unwrap_or(i64::MAX);
        let ttl = Some(pbjson_types::Duration { seconds, nanos: 0 });
        let request = v1::CreateTokenRequest { token: Some(token), ttl };
        // Once: a second attempt would make a second token.
        let answer = self.connection.open()?.call_once(request, async |channel, request| {
            admin_service(channel).create_token(request).await
        })?;
        let mut printer = self.output.printer();
        match printer.format() {
            Format::Json | Format::Yaml => printer.document(&answer)?,
            Format::Jsonl => printer.json_line(&answer)?,
            Format::Table | Format::Wide | Format::Name => printer.raw(&format!("{}\n", answer.secret))?,
        }
        let token = answer.token.unwrap_or_default();
        say(&format!(
            "Made {} for {} ({}), valid until {}. The token is shown this once: keep it safe.",
            clean(&token.name),
            clean(&token.subject),
            clean(&token.roles.join(", ")),
            moment(token.expire_time.as_ref())
        ));
        Ok(())
    }
}

impl List {
    fn run(&self) -> Result<(), Error> {
        let session = self.connection.open()?;
        let fetch = |page_size, page_token| {
            let request = v1::ListTokensRequest { page_size, page_token };
            session.call(request, async |channel, request| admin_service(channel).list_tokens(request).await)
        };
        self.paging.print(&mut self.output.printer(), "tokens", fetch)
    }
}

impl Revoke {
    fn run(&self) -> Result<(), Error> {
        let request = v1::RevokeTokenRequest { name: full_name(&self.name)? };
        let session = self.connection.open()?;
        let answer = session
            .call(request, async |channel, request| admin_service(channel).revoke_token(request).await)?;
        let token = answer.token.unwrap_or_default();
        say(&format!(
            "{} of {} is revoked since {}.",
            clean(&token.name),
            clean(&token.subject),
            moment(token.revoke_time.as_ref())
        ));
        Ok(())
    }
}

/// The full name of a token. Whoever gives the token itself does not want to read it again: so it is read here, and not by
/// the command line's parser, which repeats what it does not take.
fn full_name(given: &str) -> Result<String, Error> {
    let id = given.strip_prefix("tokens/").unwrap_or(given);
    let fits = (1..=32).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric());
    fits.then(|| format!("tokens/{id}")).ok_or_else(|| {
        Error::Usage(
            "that is no name of a token; write TOKEN or tokens/TOKEN, as `claimdesk tokens list` shows it, and not the \
             token itself"
                .to_owned(),
        )
    })
}

/// Reads how long a token is valid.
fn lifetime(text: &str) -> Result<Duration, String> {
    let wrong = || format!("\"{text}\" is no length of time; write it like 90d, 12h, 30m or 45s");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let scale = match &text[digits.len()..] {
        "d" => 86_400,
        "h" => 3600,
        "m" => 60,
        "s" => 1,
        _ => return Err(wrong()),
    };
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    number.checked_mul(scale).map(Duration::from_secs).ok_or_else(wrong)
}

/// What can be said of a token now.
fn state(token: &v1::Token, now: jiff::Timestamp) -> String {
    let until = token.expire_time.as_ref().map_or(i64::MAX, |time| time.seconds);
    match &token.revoke_time {
        Some(time) => format!("revoked {}", moment(Some(time))),
        None if until <= now.as_second() => "expired".to_owned(),
        None => "valid".to_owned(),
    }
}

impl Answer for v1::ListTokensResponse {
    type Item = v1::Token;

    fn items(&self) -> &[v1::Token] {
        &self.tokens
    }

    fn name(token: &v1::Token) -> &str {
        &token.name
    }

    fn table(&self, look: &Look) -> String {
        let mut columns: Vec<Column> = vec![
            fixed("TOKEN"),
            flexible("SUBJECT", 2),
            fixed("ROLES"),
            fixed("STATE"),
            fixed("EXPIRES"),
            fixed("LAST USED"),
        ];
        if look.wide {
            columns.extend([fixed("MADE"), flexible("BY", 1), flexible("REVOKED BY", 1)]);
        }
        let now = jiff::Timestamp::now();
        let mut grid = Grid::new(columns, false);
        for token in &self.tokens {
            let mut cells = vec![
                vec![Line::styled(name::last(&token.name), anstyle::Style::new().bold())],
                vec![Line::plain(clean(&token.subject))],
                vec![Line::plain(clean(&token.roles.join(",")))],
                vec![Line::plain(state(token, now))],
                vec![Line::plain(moment(token.expire_time.as_ref()))],
                vec![Line::plain(
                    token.last_use_time.as_ref().map_or("never".to_owned(), |it| moment(Some(it))),
                )],
            ];
            if look.wide {
                cells.extend([
                    vec![Line::plain(moment(token.create_time.as_ref()))],
                    vec![Line::plain(clean(&token.creator))],
                    vec![Line::plain(clean(&token.revoker))],
                ]);
            }
            grid.row(cells);
        }
        grid.render(look.width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_secret_and_a_secret_is_no_name() {
        for name in ["5f3c9a0b1d2e4f67", "tokens/5f3c9a0b1d2e4f67"] {
            assert_eq!(full_name(name).ok().as_deref(), Some("tokens/5f3c9a0b1d2e4f67"));
        }
        for wrong in ["", "tokens/", "a/b", "cdk_5f3c9a0b1d2e4f67"] {
            let told = full_name(wrong).expect_err(wrong).to_string();
            assert!(!told.contains("5f3c"), "{told}");
        }
    }

    #[test]
    fn a_lifetime_has_a_unit() {
        for (text, seconds) in [("90d", 7_776_000), ("12h", 43_200), ("30m", 1800), ("45s", 45)] {
            assert_eq!(lifetime(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for wrong in ["", "d", "90", "-1d", "1.5h", "5y", "99999999999999999d", "5µs"] {
            assert!(lifetime(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_token_is_valid_until_it_is_not() {
        let at = |seconds| Some(pbjson_types::Timestamp { seconds, nanos: 0 });
        let now = jiff::Timestamp::from_second(1_000).expect("a time");
        let token = |expire_time, revoke_time| v1::Token { expire_time, revoke_time, ..v1::Token::default() };
        assert_eq!(state(&token(at(1_001), None), now), "valid");
        assert_eq!(state(&token(at(1_000), None), now), "expired");
        assert_eq!(state(&token(at(1_000), at(60)), now), "revoked 1970-01-01 00:01Z");
    }
}
