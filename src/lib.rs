//! claimdesk finds the statements of a news article that someone could check, stores them with their sources in
//! PostgreSQL, and keeps reviewers' verdicts on record.
//!
//! The plan of the house; each room knows only the rooms below it:
//!
//! * [`client`]: what a person uses: commands, output formats. Talks gRPC only; never the store.
//! * [`server`]: the process: configuration, listeners, health, reflection, shutdown, the private PostgreSQL.
//! * [`service`]: the gRPC handlers, and the one table of errors.
//! * [`store`]: PostgreSQL; only this room knows SQL.
//! * [`proto`]: the contract as Rust types, and its conversions from and to [`claim`] and [`extract`].
//! * [`extract`]: text in, claims out: a pure function.
//! * [`claim`]: the words of the field as types.

pub mod claim;
pub mod client;
pub mod extract;
pub mod proto;
pub mod server;
pub mod service;
pub mod store;
