//! Turns the contract into Rust types, and embeds its descriptors for reflection.
use std::{
    env,
    error::Error,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use prost::Message;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=languages");
    let files = [
        "claimdesk/v1/admin.proto",
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
    fs::write(out.join("nested.rs"), nested_messages(&descriptors)?)?;
    let mut config = tonic_prost_build::Config::new();
    config.enable_type_names();
    tonic_prost_build::configure()
        .compile_well_known_types(true)
        .extern_path(".google.protobuf", "::pbjson_types")
        .codec_path("crate::proto::Codec")
        .compile_fds_with_config(descriptors, config)?;
    pbjson_build::Builder::new().register_descriptors(&encoded)?.emit_fields().build(&[".claimdesk.v1"])?;
    fs::write(out.join("packs.rs"), embedded_packs()?)?;
    Ok(())
}

/// Which fields of a message are messages of the contract, as a constant: to count what a request has in it before it is read.
fn nested_messages(descriptors: &tonic_prost_build::FileDescriptorSet) -> Result<String, Box<dyn Error>> {
    let mut code = String::from(
        "/// For each message of the contract, the numbers of its fields that are such messages, with their names.\n",
    );
    code.push_str("static NESTED: &[(&str, &[(u32, &str)])] = &[\n");
    for file in &descriptors.file {
        for message in &file.message_type {
            writeln!(code, "    (\"{}.{}\", &[", file.package(), message.name())?;
            for field in &message.field {
                // What has no entry of its own is an enum.
                if let Some(name) = field.type_name().strip_prefix(".claimdesk.") {
                    writeln!(code, "        ({}, \"claimdesk.{name}\"),", field.number())?;
                }
            }
            code.push_str("    ]),\n");
        }
    }
    code.push_str("];\n");
    Ok(code)
}

/// The files of each folder in `languages/`, as a constant: adding a language is adding a folder.
fn embedded_packs() -> Result<String, Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("languages");
    let sorted = |folder: &Path| -> std::io::Result<Vec<PathBuf>> {
        let mut paths =
            fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<Vec<_>, _>>()?;
        paths.sort();
        Ok(paths)
    };
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut code = String::from(
        "/// The packs as they are written: code, then file name and content of each chapter.\n",
    );
    code.push_str("static EMBEDDED: &[(&str, &[(&str, &str)])] = &[\n");
    for folder in sorted(&root)?.iter().filter(|path| path.is_dir()) {
        writeln!(code, "    ({:?}, &[", name(folder))?;
        for file in sorted(folder)?.iter().filter(|path| path.extension().is_some_and(|e| e == "toml")) {
            writeln!(code, "        ({:?}, include_str!({file:?})),", name(file))?;
        }
        code.push_str("    ]),\n");
    }
    code.push_str("];\n");
    Ok(code)
}
