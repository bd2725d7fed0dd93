use plugin_api::testing::{TestContext, TestHost, TestModel, TestPlugin, TestRequest};

use super::*;

fn ask(context: &TestContext) -> Response {
    let plugin = TestPlugin::open(&TestHost::new(), open).unwrap();
    let endpoint = plugin.endpoint(EndpointType::INFERENCE, "ping");
    endpoint.call(&TestRequest::get("/ping"), context).unwrap()
}

fn running() -> TestModel {
    TestModel::new("running")
        .with_stopped_worker()
        .with_running_worker(0)
}

fn loading() -> TestModel {
    TestModel::new("loading").with_stopped_worker()
}

#[test]
fn one_running_model_is_healthy() {
    for models in [
        vec![running()],
        vec![loading(), running()],
        vec![running(), loading()],
    ] {
        let context = models
            .into_iter()
            .fold(TestContext::new(), TestContext::with_model);
        let response = ask(&context);
        assert_eq!(response.status(), 200, "{context:?}");
        assert_eq!(response.body(), b"{\n\t\"Status\": \"Healthy\"\n}\n");
    }
}

#[test]
fn models_without_a_running_one_are_loading() {
    let context = TestContext::new()
        .with_model(loading())
        .with_model(TestModel::new("without-workers"));
    let response = ask(&context);
    assert_eq!(response.status(), 503);
    assert_eq!(response.body(), b"Models are not loaded");
}

#[test]
fn a_server_without_models_is_healthy() {
    assert_eq!(ask(&TestContext::new()).status(), 200);
}
