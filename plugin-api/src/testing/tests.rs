use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, SystemTime},
};

use super::*;
use crate::{
    BearerError, Context, Endpoint, EndpointType, ErrorCode, Host, LogLevel, Method, Plugin,
    PluginError, Request, Response, State, TokenAuthorizer, TokenType, Verdict,
};

/// Does what the first header `x-do` says.
struct Obedient;

impl Endpoint for Obedient {
    const URL_PATTERN: &'static str = "obedient";
    const ENDPOINT_TYPE: EndpointType = EndpointType::METRIC;
    const DESCRIPTION: &'static str = "Does what the request says.";
    const METHODS: &'static [Method] = &[Method::GET, Method::PUT];

    fn do_get(&self, request: &Request<'_>, _: &Context<'_>) -> Result<Response, PluginError> {
        match request.header("x-do") {
            Some(b"panic") => panic!("as requested"),
            Some(b"status") => Ok(Response::new(99)),
            Some(b"name") => Ok(Response::new(200).with_header("a b", "c")),
            Some(b"value") => Ok(Response::new(200).with_header("a", "b\r\nc: d")),
            _ => Ok(Response::text("done").with_header("x-a", "b")),
        }
    }
}

/// Allows the management key `body` where there is no body, and panics for the API key.
struct Judge;

impl TokenAuthorizer for Judge {
    fn generate_key_file(&self, token_type: TokenType) -> Result<(), PluginError> {
        Err(PluginError::new(format!("no {token_type}")))
    }

    fn check_token_authorization(&self, request: &Request<'_>, token_type: TokenType) -> Verdict {
        assert_ne!(token_type, TokenType::TOKEN, "asked for the API key");
        match request.bearer_token() {
            Ok(b"k") if request.body().is_empty() => Verdict::ALLOW,
            Ok(_) => Verdict::DENY_INVALID,
            Err(error) => error.into(),
        }
    }

    fn set_time(&self, minutes: f64) -> Result<(), PluginError> {
        assert!(minutes < 100.0, "too long");
        Ok(())
    }
}

fn opened() -> TestPlugin {
    let open = |_: &Host| Ok(Plugin::new().endpoint(Obedient).token_authorizer(Judge));
    TestPlugin::open(&TestHost::new(), open).unwrap()
}

fn obedience(what: &str) -> Result<Response, PluginError> {
    let request = TestRequest::get("/obedient").with_header("X-Do", what);
    let plugin = opened();
    let endpoint = plugin.endpoint(EndpointType::METRIC, "obedient");
    endpoint.call(&request, &TestContext::new())
}

#[test]
fn settings_have_an_origin_and_the_last_one_overrides() {
    let host = TestHost::new()
        .with_setting("a", "1")
        .with_setting("b", "2")
        .with_setting("a", " 3 ")
        .host();
    let setting = host.setting("a").unwrap();
    assert_eq!(
        (setting.value(), setting.origin()),
        ("3", "config.properties:3")
    );
    assert_eq!(host.setting("c"), None);
}

#[test]
fn the_log_is_kept_in_order() {
    let host = TestHost::new();
    let log = host.host().log();
    log.error("a");
    log.warn("b");
    log.info("c");
    log.debug("d");
    let lines: Vec<_> = host
        .log()
        .into_iter()
        .map(|line| (line.level, line.message))
        .collect();
    assert_eq!(
        lines,
        [
            (LogLevel::Error, "a".to_owned()),
            (LogLevel::Warn, "b".to_owned()),
            (LogLevel::Info, "c".to_owned()),
            (LogLevel::Debug, "d".to_owned()),
        ]
    );
}

#[test]
fn a_request_shows_its_parts() {
    let request = TestRequest::new("PATCH", "/a/b?c=d%20e&f")
        .with_header("Accept", "text/plain")
        .with_header("accept", "*/*")
        .with_body("body")
        .with_peer_address("[2001:db8::1]:443".parse().unwrap());
    let request = request.as_request();
    assert_eq!(
        (request.method(), request.path(), request.query()),
        ("PATCH", "/a/b", "c=d%20e&f")
    );
    let parameters: Vec<_> = request.query_parameters().collect();
    assert_eq!(
        parameters,
        [("c".into(), "d e".into()), ("f".into(), "".into())]
    );
    for name in ["accept", "Accept", "ACCEPT"] {
        assert_eq!(request.header(name), Some(b"text/plain".as_slice()));
    }
    let values: Vec<_> = request.header_values("Accept").collect();
    assert_eq!(values, [b"text/plain".as_slice(), b"*/*"]);
    assert_eq!(request.headers().count(), 2);
    assert_eq!(request.header("content-type"), None);
    assert_eq!(request.bearer_token(), Err(BearerError::Missing));
    assert_eq!(request.body(), b"body");
    assert_eq!(request.peer_address(), "[2001:db8::1]:443".parse().ok());
    let local = TestRequest::get("/").as_request().peer_address();
    assert_eq!(local, "127.0.0.1:50000".parse().ok());
    let unix = TestRequest::get("/").without_peer_address();
    assert_eq!(unix.as_request().peer_address(), None);
}

#[test]
fn a_context_shows_settings_and_models() {
    let digits = TestModel::new("digits")
        .with_version("2.0")
        .with_url("file:///digits")
        .with_handler("text")
        .with_stopped_worker()
        .with_running_worker(7);
    let context = TestContext::new()
        .with_setting("b", "1")
        .with_setting("a", " 2 ")
        .with_setting("b", "3")
        .with_model(digits);
    let context = context.as_context();
    assert_eq!(
        context.settings().collect::<Vec<_>>(),
        [("a", "2"), ("b", "3")]
    );
    assert_eq!(
        (context.setting("a"), context.setting("c")),
        (Some("2"), None)
    );
    let models = context.models();
    let model = models.first().unwrap();
    assert_eq!(
        (model.name(), model.version(), model.url(), model.handler()),
        ("digits", "2.0", "file:///digits", "text")
    );
    let workers = model.workers();
    let workers: Vec<_> = workers
        .iter()
        .map(|worker| (worker.is_running, worker.memory_bytes))
        .collect();
    assert_eq!(workers, [(false, 0), (true, 7)]);
}

#[test]
fn an_endpoint_responds_through_the_boundary() {
    let response = obedience("nothing").unwrap();
    assert_eq!(
        (response.status(), response.body()),
        (200, b"done".as_slice())
    );
    assert!(response.headers().any(|header| header == ("x-a", "b")));
}

#[test]
fn a_response_that_a_server_would_not_send_is_an_error() {
    for (what, expected) in [
        ("status", "status 99: expected 200 to 599"),
        ("name", "header \"a b\": \"c\": HTTP does not allow it"),
        (
            "value",
            "header \"a\": \"b\\r\\nc: d\": HTTP does not allow it",
        ),
    ] {
        assert_eq!(obedience(what).unwrap_err().message(), expected);
    }
}

#[test]
fn a_panic_of_an_endpoint_is_an_error() {
    let error = obedience("panic").unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (ErrorCode::PANICKED, "the plugin panicked: as requested")
    );
}

#[test]
fn only_listed_methods_are_called() {
    let plugin = opened();
    let endpoint = plugin.endpoint(EndpointType::METRIC, "obedient");
    assert_eq!(endpoint.methods(), [Method::GET, Method::PUT]);
    assert_eq!(endpoint.description(), "Does what the request says.");
    for request in [
        TestRequest::put("/obedient"),
        TestRequest::post("/obedient"),
        TestRequest::new("PATCH", "/obedient"),
    ] {
        let refused = endpoint.call(&request, &TestContext::new());
        assert_eq!(refused.unwrap_err(), PluginError::not_implemented());
    }
}

#[test]
fn a_token_check_sees_no_body_and_a_panic_denies() {
    let plugin = opened();
    let authorizer = plugin.token_authorizer();
    let check = |request: &TestRequest, token_type| {
        authorizer.check_token_authorization(request, token_type)
    };
    let request = TestRequest::post("/models").with_body("body");
    assert_eq!(
        check(&request, TokenType::MANAGEMENT),
        Verdict::DENY_MISSING
    );
    let request = request.with_bearer("k");
    assert_eq!(check(&request, TokenType::MANAGEMENT), Verdict::ALLOW);
    assert_eq!(check(&request, TokenType::TOKEN), Verdict::DENY);
}

#[test]
fn errors_and_panics_of_the_other_functions_are_reported() {
    let plugin = opened();
    let authorizer = plugin.token_authorizer();
    assert_eq!(authorizer.set_time(60.0), Ok(()));
    let error = authorizer.set_time(100.0).unwrap_err();
    assert_eq!(error.code(), ErrorCode::PANICKED);
    let error = authorizer.generate_key_file(TokenType::INFERENCE);
    assert_eq!(error, Err(PluginError::new("no inference")));
}

#[test]
fn an_opening_that_fails_or_panics_is_reported() {
    let host = TestHost::new();
    let failed = TestPlugin::open(&host, |_| Err(PluginError::invalid_setting("no")));
    assert_eq!(failed.unwrap_err(), PluginError::invalid_setting("no"));
    let panicked = TestPlugin::open(&host, |_| panic!("at once"));
    assert_eq!(panicked.unwrap_err().code(), ErrorCode::PANICKED);
}

#[test]
fn the_shutdown_runs_once() {
    let told = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&told);
    let open = |_: &Host| {
        Ok(Plugin::new().on_shutdown(move || {
            seen.fetch_add(1, Ordering::SeqCst);
        }))
    };
    let plugin = TestPlugin::open(&TestHost::new(), open).unwrap();
    plugin.shutdown();
    drop(plugin);
    assert_eq!(told.load(Ordering::SeqCst), 1);
}

/// Hands its count to its successor, and logs how it ended.
fn counting(host: &Host) -> Result<Plugin, PluginError> {
    let state = host.take_state();
    let count = state.as_ref().map_or(0, State::version).saturating_add(1);
    let (retired, ended) = (host.log(), host.log());
    let plugin = Plugin::new()
        .on_hand_over(move || Some(State::new(count, b"bytes".to_vec())))
        .on_retire(move || retired.info("retired"))
        .on_shutdown(move || ended.info("shut down"));
    Ok(if state.is_some() {
        plugin.took_over()
    } else {
        plugin
    })
}

#[test]
fn a_state_goes_from_one_build_to_the_next() {
    let host = TestHost::new();
    let first = TestPlugin::open(&host, counting).unwrap();
    assert!(!first.took_over());
    let state = first.hand_over().unwrap();
    assert_eq!((state.version(), state.bytes()), (1, b"bytes".as_slice()));

    let second = TestPlugin::open(&host.clone().with_state(state), counting).unwrap();
    assert!(second.took_over());
    assert_eq!(second.hand_over().unwrap().version(), 2);
    first.retire();
    drop(second);
    let log: Vec<_> = host.log().into_iter().map(|line| line.message).collect();
    assert_eq!(log, ["retired", "shut down"]);
}

#[test]
fn a_state_that_was_not_taken_is_dropped_after_the_opening() {
    let handed_over = || State::new(1, b"secret".to_vec());
    for open in [
        (|_| Ok(Plugin::new())) as fn(&Host) -> Result<Plugin, PluginError>,
        |_| Err(PluginError::new("no")),
        |_| panic!("at once"),
    ] {
        let host = TestHost::new().with_state(handed_over());
        let opened = TestPlugin::open(&host, open);
        assert!(host.host().take_state().is_none());
        drop(opened);
    }
}

/// What a closure that is never called may hold.
struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

/// Every piece of work holds one.
fn full_of_panics() -> Plugin {
    let (first, second, third) = (PanicsWhenDropped, PanicsWhenDropped, PanicsWhenDropped);
    Plugin::new()
        .on_hand_over(move || {
            let _held = &first;
            None
        })
        .on_retire(move || drop(second))
        .on_shutdown(move || drop(third))
}

#[test]
fn work_that_panics_when_it_is_dropped_is_contained_one_by_one() {
    let host = TestHost::new();
    let opened = TestPlugin::open(&host, |_| Ok(full_of_panics())).unwrap();
    drop(opened);
    let failed = TestPlugin::open(&host, |_| {
        drop(full_of_panics());
        Err(PluginError::new("no"))
    });
    assert_eq!(failed.unwrap_err(), PluginError::new("no"));
}

#[test]
fn a_wall_clock_that_is_set_back_does_not_bring_time_back() {
    let clock = TestClock::at(SystemTime::UNIX_EPOCH + Duration::from_secs(100));
    let same = clock.clone();
    same.advance(Duration::from_secs(10));
    clock.set(SystemTime::UNIX_EPOCH);
    assert_eq!(clock.now(), SystemTime::UNIX_EPOCH);
    assert_eq!(clock.elapsed(), Duration::from_secs(10));
}

mod observed;
