use crate::{
    Context, Endpoint, EndpointType, Method, Plugin, PluginError, Request, Response, TokenType,
    abi::{RawContext_TO, RawRequest_TO},
    testing::{TestContext, TestRequest},
};
use abi_stable::{sabi_trait::TD_Opaque, sabi_types::RRef};

#[test]
fn a_named_value_shows_its_name() {
    assert_eq!(Method::from_number(4), Method::DELETE);
    assert_eq!(TokenType::INFERENCE.to_string(), "inference");
    assert_eq!(format!("{:?}", EndpointType::METRIC), "METRIC");
    assert!(EndpointType::NONE.is_known());
}

#[test]
fn an_unknown_value_shows_its_number() {
    let unknown = Method::from_number(77);
    assert_eq!(unknown.as_str(), "UNKNOWN");
    assert_eq!(
        format!("{unknown} {unknown:?}"),
        "UNKNOWN (77) UNKNOWN (77)"
    );
    assert!(!unknown.is_known());
}

struct AllMethods;

impl Endpoint for AllMethods {
    const URL_PATTERN: &'static str = "all";
    const ENDPOINT_TYPE: EndpointType = EndpointType::INFERENCE;
    const DESCRIPTION: &'static str = "Answers.";
    const METHODS: &'static [Method] = &[Method::GET];

    fn do_get(&self, _: &Request<'_>, _: &Context<'_>) -> Result<Response, PluginError> {
        Ok(Response::new(200))
    }
}

#[test]
fn a_method_that_a_plugin_does_not_know_is_not_implemented() {
    let plugin = Plugin::new().endpoint(AllMethods).into_raw();
    let (request, context) = (TestRequest::get("/all"), TestContext::new());
    let request = RawRequest_TO::from_ptr(RRef::new(&request), TD_Opaque);
    let context = RawContext_TO::from_ptr(RRef::new(&context), TD_Opaque);
    let status = |number| {
        let called = plugin.endpoints[0].call(Method::from_number(number), &request, &context);
        called
            .into_result()
            .map(|response| response.status)
            .map_err(PluginError::from)
    };
    assert_eq!(status(1), Ok(200));
    assert_eq!(status(77), Err(PluginError::not_implemented()));
}
