//! Who may do what: credentials, roles, and what is answered to those who may not.

mod admission;
mod bootstrap;
mod identity;
mod tokens;
mod world;
