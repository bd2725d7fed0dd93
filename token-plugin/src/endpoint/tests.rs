use std::{fs, path::PathBuf};

use plugin_api::{
    Endpoint, EndpointType, Method, PluginError, Response, TokenAuthorizer, TokenType, Verdict,
    testing::{TestContext, TestHost, TestRequest},
};
use tempfile::TempDir;
use token_core::testing::{CountingRandom, ManualClock};

use super::TokenEndpoint;
use crate::{Opened, authorizer::KeyAuthorizer};

struct Server {
    endpoint: TokenEndpoint,
    authorizer: KeyAuthorizer,
    host: TestHost,
    inner: PathBuf,
    _folder: TempDir,
}

const MANAGEMENT: &str = "AAECAwQF";
const NEW: &str = "EhMUFRYX";

impl Server {
    fn start(api_returns_key: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let host = TestHost::new()
            .with_setting("token_key_bytes", "6")
            .with_setting("token_api_returns_key", api_returns_key)
            .with_setting(
                "token_key_file",
                inner.join("key_file.json").to_str().unwrap(),
            );
        let random = CountingRandom::starting_at(0);
        let Opened {
            authorizer,
            endpoint,
            ..
        } = Opened::new(&host.host(), ManualClock::new(), random).unwrap();
        authorizer.generate_key_file(TokenType::TOKEN).unwrap();
        Self {
            endpoint,
            authorizer,
            host,
            inner,
            _folder: folder,
        }
    }

    fn get(&self, query: &str) -> Result<Response, PluginError> {
        let (request, context) = (to_token(query), TestContext::new());
        self.endpoint
            .do_get(&request.as_request(), &context.as_context())
    }

    fn post(&self, query: &str) -> Result<Response, PluginError> {
        let (request, context) = (to_token(query), TestContext::new());
        self.endpoint
            .do_post(&request.as_request(), &context.as_context())
    }

    fn file(&self) -> String {
        fs::read_to_string(self.inner.join("key_file.json")).unwrap()
    }

    fn management(&self, key: &str) -> Verdict {
        let request = TestRequest::get("/").with_bearer(key);
        self.authorizer
            .check_token_authorization(&request.as_request(), TokenType::MANAGEMENT)
    }
}

fn to_token(query: &str) -> TestRequest {
    TestRequest::get(&format!("/token?{query}"))
}

fn headers(response: &Response) -> Vec<(&str, &str)> {
    response.headers().collect()
}

const HEADERS: [(&str, &str); 2] = [
    ("content-type", "application/json"),
    ("cache-control", "no-store"),
];

#[test]
fn it_is_the_management_endpoint_token_for_get_and_post() {
    assert_eq!(TokenEndpoint::URL_PATTERN, "token");
    assert_eq!(TokenEndpoint::ENDPOINT_TYPE, EndpointType::MANAGEMENT);
    assert_eq!(TokenEndpoint::METHODS, [Method::GET, Method::POST]);
}

#[test]
fn get_replaces_the_key_and_responds_with_its_kind_and_expiration_but_not_with_the_key() {
    let server = Server::start("false");
    let response = server.get("type=management").unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(headers(&response), HEADERS);
    assert_eq!(
        String::from_utf8_lossy(response.body()),
        "{\n  \"type\": \"management\",\n  \
         \"expiration time\": \"2024-02-16T21:12:24.801167Z\"\n}\n"
    );
    assert_eq!(server.management(MANAGEMENT), Verdict::DENY_INVALID);
    assert_eq!(server.management(NEW), Verdict::ALLOW);
    assert!(server.file().contains(NEW) && !server.file().contains(MANAGEMENT));
}

#[test]
fn post_does_what_get_does() {
    let server = Server::start("false");
    let response = server.post("type=inference").unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(server.management(MANAGEMENT), Verdict::ALLOW);
    assert!(server.file().contains(NEW));
}

#[test]
fn the_response_holds_the_key_if_the_operator_configured_it() {
    let server = Server::start("true");
    let response = server.get("type=management").unwrap();
    let json: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "type": "management",
            "key": NEW,
            "expiration time": "2024-02-16T21:12:24.801167Z",
        })
    );
}

#[test]
fn no_type_another_type_and_a_type_twice_are_400_and_replace_nothing() {
    let server = Server::start("false");
    let before = server.file();
    for query in [
        "",
        "type",
        "type=",
        "type=api",
        "type=Management",
        "type=management%20",
        "Type=management",
        "type=management&type=management",
        "type=management&type=inference",
        "type=inference&x=1&type=",
        "type=management;type=inference",
    ] {
        for response in [server.get(query), server.post(query)] {
            let response = response.unwrap();
            assert_eq!(response.status(), 400, "{query}");
            assert_eq!(headers(&response), HEADERS);
            let json: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
            assert_eq!(json["code"], 400);
            assert_eq!(json["type"], "BadRequestException");
            let message = json["message"].as_str().unwrap();
            assert!(message.contains("type=management") && message.contains("type=inference"));
        }
    }
    assert_eq!(server.file(), before);
    assert_eq!(server.management(MANAGEMENT), Verdict::ALLOW);
}

#[test]
fn an_encoded_type_among_other_parameters_is_accepted() {
    let server = Server::start("false");
    let response = server.get("a=b&ty%70e=manag%65ment&c").unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(server.management(NEW), Verdict::ALLOW);
}

#[test]
fn a_write_that_fails_is_an_error_without_secrets_and_the_old_key_stays_valid() {
    let server = Server::start("true");
    let path = server.inner.join("key_file.json");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let error = server.get("type=management").unwrap_err();
    assert_eq!(
        error.message(),
        "the management key was not replaced; see the log of the server"
    );
    assert_eq!(server.management(MANAGEMENT), Verdict::ALLOW);
    let line = server.host.log().pop().unwrap().message;
    assert!(line.starts_with("management key not replaced: key file "));
    assert!(line.contains("key_file.json"));
    assert!(!line.contains(NEW));
}
