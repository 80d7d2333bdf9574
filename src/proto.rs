//! The contract as Rust types, generated from `proto/` at build time, and its conversions from and to [`crate::claim`]
//! and from what [`crate::extract`] finds.
//!
//! Service and client share it: both answer with the same message for the same extraction, the one over the wire, the
//! other offline.

mod codec;
mod convert;

/// The messages and services of `claimdesk.v1`.
#[expect(clippy::all, reason = "generated; the comments stand in proto/")]
pub mod v1 {
    tonic::include_proto!("claimdesk.v1");
    include!(concat!(env!("OUT_DIR"), "/claimdesk.v1.serde.rs"));
}

/// The contract's descriptors with their comments, as an encoded `google.protobuf.FileDescriptorSet`.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

pub use codec::Codec;
pub use convert::{claim_message, extraction_message, point_message};
