//! Turns the contract into Rust types, and embeds its descriptors for reflection.
use std::{env, error::Error, fs, path::PathBuf};

use prost::Message;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=languages");
    let files = [
        "claimdesk/v1/article.proto",
        "claimdesk/v1/claim.proto",
        "claimdesk/v1/error.proto",
        "claimdesk/v1/review.proto",
    ];
    let descriptors = protox::compile(files, ["proto"])?;
    // protox keeps the comments, which grpcurl shows.
    let encoded = descriptors.encode_to_vec();
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("descriptors.bin"), &encoded)?;
    tonic_prost_build::configure()
        .compile_well_known_types(true)
        .extern_path(".google.protobuf", "::pbjson_types")
        .compile_fds(descriptors)?;
    pbjson_build::Builder::new().register_descriptors(&encoded)?.emit_fields().build(&[".claimdesk.v1"])?;
    Ok(())
}
