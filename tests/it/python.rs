//! The service from another language.

use super::harness::{self, answer, root, tool};

#[test]
fn a_python_program_submits_and_lists() {
    let stubs = harness::scratch("python");
    let made = answer(
        tool("python")
            .args(["-m", "grpc_tools.protoc", "-I", "proto"])
            .arg(format!("--python_out={}", stubs.display()))
            .arg(format!("--grpc_python_out={}", stubs.display()))
            .args(["article", "claim", "error", "review"].map(|name| format!("claimdesk/v1/{name}.proto")))
            .current_dir(root()),
        "",
    );
    made.success();
    let seen = answer(
        tool("python")
            .arg("-B")
            .arg(root().join("tests/python/client.py"))
            .arg(&stubs)
            .arg(harness::shared().address()),
        "",
    )
    .json();
    assert_eq!(seen["created"], true);
    assert_eq!(seen["submitted"].as_array().map(Vec::len), Some(2), "{seen}");
    assert_eq!(seen["listed"], seen["submitted"]);
    assert_eq!(seen["quotes"], serde_json::json!([true, true]), "code points are what Python counts");
    assert_eq!(seen["refused"], "INVALID_ARGUMENT");
}
