//! The list of metrics in `docs/operation.md` is the one that the server renders.

use std::{collections::BTreeSet, fs};

use integration_tests::{Authority, Host, Listener, PluginFolder, TlsFiles, get, put, repository};

/// The names in the first column of the document's tables.
fn documented() -> BTreeSet<String> {
    let text = fs::read_to_string(repository().join("docs/operation.md")).expect("the document");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
    let names = rows.filter_map(|row| row.split('`').next());
    let names = names.filter(|name| name.starts_with("host_demo_"));
    names.map(str::to_owned).collect()
}

/// The names of all families, as their samples have them, once each has one.
fn rendered() -> BTreeSet<String> {
    let files = TlsFiles::of(&Authority::new().issue());
    let host = Host::builder()
        .tls(&files, &[Listener::Management])
        .plugins(PluginFolder::new().with("fixture-echo"))
        .models("digits=digits.onnx")
        // The metrics of upstreams are there where one is.
        .property("upstream_metrics", "http://127.0.0.1:9")
        .property("disable_token_authorization", "true")
        .start();
    host.inference(&get("/responses?error=x"));
    let image = fs::read(repository().join("models/digits/samples/1.png")).expect("a sample");
    host.inference(&put("/predictions/digits").body(image));
    let response = host.metrics(&get("/host/metrics"));
    let types = response.text().lines();
    let types = types.filter_map(|line| line.strip_prefix("# TYPE "));
    let families = types.filter_map(|line| line.split_once(' '));
    families
        .filter(|(name, _)| name.starts_with("host_demo_"))
        .map(|(name, metric_type)| match metric_type {
            "counter" => format!("{name}_total"),
            "info" => format!("{name}_info"),
            _ => name.to_owned(),
        })
        .collect()
}

#[test]
fn the_document_lists_every_metric_of_the_server() {
    assert_eq!(documented(), rendered());
}
