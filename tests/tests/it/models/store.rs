//! The model store: no path leads out of it.

use std::{fs, os::unix::fs::symlink};

use integration_tests::{Host, HostBuilder, Response, post, repository, write_file};
use tempfile::TempDir;

/// A folder with a store in it, a model in the store, and a model beside it.
fn folders() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = folder.path().join("store");
    fs::create_dir(&store).expect("a folder");
    let model = repository().join("models/digits/digits.onnx");
    fs::copy(&model, store.join("inside.onnx")).expect("a copy");
    fs::copy(&model, folder.path().join("outside.onnx")).expect("a copy");
    folder
}

fn host_of(folders: &TempDir) -> HostBuilder {
    Host::builder()
        .argument("--model-store")
        .argument(folders.path().join("store"))
}

fn register(host: &Host, url: &str) -> Response {
    host.management(&post(&format!(
        "/models?url={url}&model_name=x&initial_workers=1"
    )))
}

/// The response reveals nothing about what is outside.
#[test]
fn a_url_cannot_leave_the_store() {
    let folders = folders();
    let host = host_of(&folders).start();
    let outside = folders.path().join("outside.onnx").display().to_string();

    for url in [
        "../outside.onnx",
        "..%2foutside.onnx",
        "%2e%2e%2foutside.onnx",
        "a/../../outside.onnx",
        "..%5coutside.onnx",
        "inside.onnx%00.onnx",
        "file://outside.onnx",
        "..",
        ".",
        "",
        "/",
        "http://127.0.0.1/outside.onnx",
        "s3://bucket/outside.onnx",
        &outside,
        &format!("file://{outside}"),
    ] {
        let response = register(&host, url);
        assert!(matches!(response.status, 400 | 404), "{url} {response:?}");
    }
    assert_eq!(register(&host, "inside.onnx").status, 200);
}

/// A link that stays inside is followed.
#[test]
fn a_link_cannot_leave_the_store() {
    let folders = folders();
    let store = folders.path().join("store");
    symlink(
        folders.path().join("outside.onnx"),
        store.join("leads-out.onnx"),
    )
    .expect("a link");
    symlink("inside.onnx", store.join("stays.onnx")).expect("a link");
    let host = host_of(&folders).start();

    let response = register(&host, "leads-out.onnx");
    assert!(matches!(response.status, 400 | 404), "{response:?}");
    assert_eq!(register(&host, "stays.onnx").status, 200);
}

/// 404 for a missing file, 400 for one that is not a model.
#[test]
fn a_file_that_is_not_a_model_is_refused() {
    let folders = folders();
    let store = folders.path().join("store");
    write_file(&store.join("broken.onnx"), b"\x08\x07no model");
    write_file(&store.join("empty.onnx"), b"");
    let host = host_of(&folders).start();

    assert_eq!(register(&host, "nothing.onnx").status, 404);
    for url in ["broken.onnx", "empty.onnx"] {
        let response = register(&host, url);
        assert_eq!(response.status, 400, "{response:?}");
    }
    assert_eq!(register(&host, "inside.onnx").status, 200);
}

/// The response contains the reason.
#[test]
fn without_a_store_nothing_is_registered() {
    let host = Host::builder().start();
    let response = register(&host, "digits.onnx");

    assert_eq!(response.status, 400, "{response:?}");
    let message = response.json()["message"].to_string();
    assert!(message.contains("store"), "{message}");
}

#[test]
fn all_loads_every_model_of_the_store() {
    let folders = folders();
    let store = folders.path().join("store");
    fs::copy(store.join("inside.onnx"), store.join("second.onnx")).expect("a copy");
    let host = host_of(&folders)
        .argument("--models")
        .argument("all")
        .start();

    let list = host
        .management(&integration_tests::get("/models"))
        .text()
        .to_owned();
    assert!(
        list.contains("\"inside\"") && list.contains("\"second\""),
        "{list}"
    );
}

#[test]
fn a_model_that_cannot_be_loaded_aborts_startup() {
    let folders = folders();
    write_file(&folders.path().join("store/broken.onnx"), b"no model");

    for models in ["x=broken.onnx", "x=nothing.onnx", "x=../outside.onnx"] {
        let refusal = host_of(&folders)
            .argument("--models")
            .argument(models)
            .refused();
        let file = models.strip_prefix("x=").expect("a name");
        assert!(refusal.line().contains(file), "{refusal}");
    }
}

/// In one line, each with its reason.
#[test]
fn every_model_that_cannot_be_loaded_is_named() {
    let folders = folders();
    let store = folders.path().join("store");
    write_file(&store.join("broken.onnx"), b"no model");
    for name in ["trees.onnx", "half.onnx"] {
        let fixture = repository().join("tests/fixtures/models").join(name);
        fs::copy(fixture, store.join(name)).expect("a copy");
    }

    for models in ["all", "trees.onnx,inside.onnx,broken.onnx,half.onnx"] {
        let refusal = host_of(&folders)
            .argument("--models")
            .argument(models)
            .refused();
        let line = refusal.line();
        for expected in [
            "3 models cannot be loaded: ",
            "broken.onnx (the model cannot be loaded: ",
            "not supported: ai.onnx.ml.Normalizer, ai.onnx.ml.Scaler; supported: Abs, ",
            "the input \"x\" is not a dense tensor of FP32, FP64, INT32, INT64, UINT8 and BOOL",
        ] {
            assert!(line.contains(expected), "{expected}: {line}");
        }
        assert!(!line.contains("inside.onnx"), "{line}");
    }
}

#[test]
fn the_file_can_name_store_and_models() {
    let folders = folders();
    let host = Host::builder()
        .property(
            "model_store",
            &folders.path().join("store").display().to_string(),
        )
        .property("load_models", "mine=inside.onnx")
        .start();

    let list = host.management(&integration_tests::get("/models")).json();
    assert_eq!(list["models"][0]["modelName"], "mine");
}
