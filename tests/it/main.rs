//! The service and its tools from outside: over a real socket, with a real PostgreSQL, through the built binary.
//!
//! One test binary, because linking is what costs. Every test stands alone: it has articles or a database of its own.

mod architecture;
mod articles;
mod auth;
mod batch;
mod claims;
mod cluster;
mod command_line;
mod concurrency;
mod conformance;
mod deploy;
mod documentation;
mod drain;
mod durability;
mod errors;
mod export;
mod extraction;
mod faults;
mod four_eyes;
mod grpcurl;
mod harness;
mod history;
mod hostile;
mod import;
mod observability;
mod operations;
mod overload;
mod paging;
mod process;
mod python;
mod queue;
mod replica;
mod review_plain;
mod review_screen;
mod reviews;
mod samples;
mod scaling;
mod search;
mod seen_before;
mod terminal;
mod traces;
mod versions;
mod watch;
mod web;
