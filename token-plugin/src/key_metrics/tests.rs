//! Readiness and metrics, as the host reads them.

use plugin_api::{
    EndpointType, MetricKind, TokenType,
    testing::{TestContext, TestHost, TestMetric, TestPlugin, TestRequest},
};
use tempfile::TempDir;
use token_core::{
    Clock as _,
    testing::{CountingRandom, ManualClock},
};

use crate::Opened;

const MINUTE_MICROS: i64 = 60_000_000;

struct Fixture {
    plugin: TestPlugin,
    clock: ManualClock,
    host: TestHost,
    _folder: TempDir,
}

impl Fixture {
    fn without_keys() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key_file.json");
        let host = TestHost::new().with_setting("token_key_file", path.to_str().unwrap());
        let clock = ManualClock::new();
        let plugin = open(&host, &clock);
        Self {
            plugin,
            clock,
            host,
            _folder: folder,
        }
    }

    fn new() -> Self {
        let fixture = Self::without_keys();
        let authorizer = fixture.plugin.token_authorizer();
        authorizer.set_time(1.0).unwrap();
        authorizer.generate_key_file(TokenType::TOKEN).unwrap();
        fixture
    }

    fn rotate(&self, query: &str) -> u16 {
        let endpoint = self.plugin.endpoint(EndpointType::MANAGEMENT, "token");
        let request = TestRequest::get(&format!("/token?{query}"));
        endpoint
            .call(&request, &TestContext::new())
            .unwrap()
            .status()
    }

    fn not_ready(&self) -> Option<String> {
        let ready = self.plugin.ready();
        ready.err().map(|error| error.message().to_owned())
    }

    /// When a key that is made now expires.
    fn expires_seconds(&self) -> f64 {
        let micros = self.clock.read().wall_micros + MINUTE_MICROS;
        micros as f64 / 1e6
    }
}

fn open(host: &TestHost, clock: &ManualClock) -> TestPlugin {
    let random = CountingRandom::starting_at(0);
    let opened = |host: &_| Ok(Opened::new(host, clock.clone(), random)?.into_plugin());
    TestPlugin::open(host, opened).unwrap()
}

fn value(plugin: &TestPlugin, name: &str, key: &str) -> Option<(MetricKind, f64)> {
    let labels = [("key".to_owned(), key.to_owned())];
    let is_it = |metric: &TestMetric| metric.name == name && metric.labels == labels;
    let mut found = plugin.metrics().into_iter().filter(is_it);
    let first = found.next().map(|metric| (metric.kind, metric.value));
    assert_eq!(found.next(), None, "{name} twice");
    first
}

#[test]
fn it_is_ready_as_long_as_there_are_keys() {
    let fixture = Fixture::without_keys();
    assert_eq!(
        fixture.not_ready().as_deref(),
        Some("there are no keys yet")
    );
    let generated = fixture.plugin.token_authorizer();
    generated.generate_key_file(TokenType::TOKEN).unwrap();
    assert_eq!(fixture.not_ready(), None);
    fixture.plugin.shutdown();
    assert_eq!(
        fixture.not_ready().as_deref(),
        Some("there are no keys any more: the server shuts down")
    );
}

#[test]
fn a_new_build_that_took_over_is_ready() {
    let fixture = Fixture::new();
    let state = fixture.plugin.hand_over().unwrap();
    let successor = open(&fixture.host.clone().with_state(state), &fixture.clock);
    assert!(successor.took_over());
    assert_eq!(successor.ready(), Ok(()));
}

#[test]
fn the_time_at_which_a_key_expires_is_a_metric_while_there_are_keys() {
    let expires =
        |fixture: &Fixture, key| value(&fixture.plugin, "key_expires_timestamp_seconds", key);
    assert_eq!(expires(&Fixture::without_keys(), "inference"), None);

    let fixture = Fixture::new();
    let first = Some((MetricKind::GAUGE, fixture.expires_seconds()));
    assert_eq!(expires(&fixture, "management"), first);
    assert_eq!(expires(&fixture, "inference"), first);
    assert_eq!(expires(&fixture, "api"), None);

    fixture.clock.run(1_500_000);
    assert_eq!(fixture.rotate("type=inference"), 200);
    let second = Some((MetricKind::GAUGE, fixture.expires_seconds()));
    assert_eq!(expires(&fixture, "inference"), second);
    assert_eq!(expires(&fixture, "management"), first);

    fixture.plugin.shutdown();
    assert_eq!(expires(&fixture, "inference"), None);
}

#[test]
fn rotations_are_counted_for_each_key() {
    let fixture = Fixture::new();
    let rotations = |key| value(&fixture.plugin, "rotations", key);
    let counted = |count| Some((MetricKind::COUNTER, count));
    assert_eq!(rotations("inference"), counted(0.0));
    for (query, status) in [
        ("type=inference", 200),
        ("type=inference", 200),
        ("type=management", 200),
        ("type=api", 400),
    ] {
        assert_eq!(fixture.rotate(query), status);
    }
    assert_eq!(rotations("inference"), counted(2.0));
    assert_eq!(rotations("management"), counted(1.0));
    assert_eq!(rotations("api"), None);
}

#[test]
fn a_rotation_that_fails_is_not_counted() {
    let fixture = Fixture::new();
    fixture.plugin.shutdown();
    let endpoint = fixture.plugin.endpoint(EndpointType::MANAGEMENT, "token");
    let request = TestRequest::get("/token?type=inference");
    assert!(endpoint.call(&request, &TestContext::new()).is_err());
    let rotations = value(&fixture.plugin, "rotations", "inference");
    assert_eq!(rotations, Some((MetricKind::COUNTER, 0.0)));
}
