use plugin_api::testing::{TestContext, TestHost, TestModel, TestPlugin, TestRequest};

use super::*;

fn ask(host: &TestHost, context: &TestContext) -> Response {
    let plugin = TestPlugin::open(host, open).unwrap();
    let endpoint = plugin.endpoint(EndpointType::INFERENCE, "{{name}}");
    let request = TestRequest::get("/{{name}}");
    endpoint.call(&request, context).unwrap()
}

#[test]
fn it_says_hello() {
    let response = ask(&TestHost::new(), &TestContext::new());
    assert_eq!(response.status(), 200);
    assert_eq!(response.body(), b"hello, models: 0\n");
}

#[test]
fn the_greeting_is_a_setting() {
    let host = TestHost::new().with_setting("greeting", "good morning");
    let context = TestContext::new().with_model(TestModel::new("digits"));
    assert_eq!(ask(&host, &context).body(), b"good morning, models: 1\n");
}

#[test]
fn other_methods_are_not_implemented() {
    let plugin = TestPlugin::open(&TestHost::new(), open).unwrap();
    let endpoint = plugin.endpoint(EndpointType::INFERENCE, "{{name}}");
    let refused = endpoint.call(&TestRequest::post("/{{name}}"), &TestContext::new());
    assert_eq!(refused.unwrap_err(), PluginError::not_implemented());
}
