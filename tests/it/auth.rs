//! Who may do what: credentials, roles, and what is answered to those who may not.

mod admission;
mod bootstrap;
mod certificates;
mod client;
mod identity;
mod jwt;
mod pki;
mod tls;
mod tokens;
mod world;
