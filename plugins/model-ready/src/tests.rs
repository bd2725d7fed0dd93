use plugin_api::testing::{TestContext, TestHost, TestModel, TestPlugin, TestRequest};

use super::*;

fn ask(models: &[TestModel]) -> Response {
    let plugin = TestPlugin::open(&TestHost::new(), open).unwrap();
    let endpoint = plugin.endpoint(EndpointType::INFERENCE, "model-ready");
    let context = models
        .iter()
        .cloned()
        .fold(TestContext::new(), TestContext::with_model);
    endpoint
        .call(&TestRequest::get("/model-ready"), &context)
        .unwrap()
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
fn ready_when_every_model_runs() {
    for models in [vec![running()], vec![running(), running()]] {
        let response = ask(&models);
        assert_eq!(response.status(), 200, "{models:?}");
        assert_eq!(
            response.body(),
            b"{\n\t\"Status\": \"Model/s ready\"\n}\n",
            "{models:?}"
        );
    }
}

#[test]
fn not_ready_when_one_does_not_run_or_there_are_none() {
    for models in [
        vec![],
        vec![loading()],
        vec![running(), loading()],
        vec![loading(), running()],
        vec![running(), TestModel::new("without-workers")],
    ] {
        let response = ask(&models);
        assert_eq!(response.status(), 503, "{models:?}");
        assert_eq!(
            response.body(),
            b"{\n\t\"Status\": \"Model/s not ready\"\n}\n",
            "{models:?}"
        );
    }
}
