//! The sample plugins in the built server.

use integration_tests::{Host, PluginFolder, get, put};

fn with(package: &str) -> integration_tests::HostBuilder {
    Host::builder().plugins(PluginFolder::new().with(package))
}

/// With SageMaker's response.
#[test]
fn ping_replaces_the_built_in_endpoint() {
    let host = with("ping").start();
    let response = host.inference(&get("/ping"));

    assert_eq!(response.text(), "{\n\t\"Status\": \"Healthy\"\n}\n");
}

/// 503 while a model has none, then 200.
#[test]
fn ping_knows_whether_a_model_has_workers() {
    let host = with("ping").models("digits=digits.onnx").start();
    assert_eq!(host.inference(&get("/ping")).status, 200);

    let scaled = host.management(&put("/models/digits?min_worker=0&synchronous=true"));
    assert_eq!(scaled.status, 200, "{scaled:?}");
    assert_eq!(host.inference(&get("/ping")).status, 503);
}

#[test]
fn execution_parameters_reads_the_configuration() {
    let host = with("execution-parameters")
        .property("NUM_WORKERS", "4")
        .property("max_request_size", "10485760")
        .start();
    let response = host.inference(&get("/execution-parameters"));

    let parameters = response.json();
    assert_eq!(parameters["MaxConcurrentTransforms"], 4);
    assert_eq!(parameters["BatchStrategy"], "MULTI_RECORD");
    assert_eq!(parameters["MaxPayloadInMB"], 10);
}

/// 503 without models, 200 with one that can predict.
#[test]
fn model_ready_looks_at_the_models() {
    let without = with("model-ready").start();
    assert_eq!(without.inference(&get("/model-ready")).status, 503);

    let ready = with("model-ready").models("digits=digits.onnx").start();
    let response = ready.inference(&get("/model-ready"));
    assert_eq!(response.status, 200, "{response:?}");
    assert!(response.text().contains("Model/s ready"));
}

/// Each needs its key.
#[test]
fn all_samples_and_the_token_plugin_can_be_loaded_together() {
    let plugins = PluginFolder::new()
        .with("token-plugin")
        .with("ping")
        .with("execution-parameters")
        .with("model-ready");
    let host = Host::builder().plugins(plugins).start();

    for target in ["/ping", "/execution-parameters", "/model-ready"] {
        let inference = integration_tests::Listener::Inference;
        let allowed = crate::expect::who_may(&host, inference, &get(target));
        assert_eq!(allowed, ["inference"], "{target}");
    }
}
