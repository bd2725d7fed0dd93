//! What a client without a key can make the server hold: memory, places, time.
//!
//! Each kind of attack has a short form that always runs, with few connections and short limits. The
//! long form, with the limits that are set by default, prints the table of `docs/limits.md`:
//! `cargo test -p integration-tests --test it -- --ignored --nocapture attacks::table`.

use std::{
    io::Write as _,
    net::TcpListener,
    time::{Duration, Instant},
};

use integration_tests::{
    Artifacts, Authority, Host, HostBuilder, Listener, PluginFolder, Profile, TlsClient, TlsFiles,
};

use self::{
    kind::{ALL, Attack, Transport},
    other_client::OtherClient,
    swarm::Swarm,
};

mod kind;
mod other_client;
mod swarm;

const KIB: u64 = 1024;
/// What the whole server may take while 1,000 connections attack it.
const MEMORY_MAX_KIB: u64 = 64 * KIB;
const CONNECTIONS: usize = 1000;
/// How long the long form waits for the last connection to be cut off.
const WATCHED: Duration = Duration::from_secs(240);
/// How long the other client is measured without an attack.
const UNDISTURBED: Duration = Duration::from_secs(2);

/// Open for the other client, or for a moment.
const FILES_OF_OTHERS: usize = 6;

const SHORT_CONNECTIONS: usize = 64;
/// What one of the connections of the short form may take.
const SHORT_MEMORY_MAX_KIB: u64 = 64;
const SHORT_WATCHED: Duration = Duration::from_secs(20);

/// The host that is attacked, and what it needs.
struct Target {
    host: Host,
    client: TlsClient,
    _files: TlsFiles,
    /// Connections to it wait for ever to be accepted.
    _upstream: TcpListener,
}

/// What one attack did.
struct Outcome {
    memory_before_kib: u64,
    memory_peak_kib: u64,
    p99_before: Duration,
    p99: Duration,
    /// None if connections are still open.
    cut_off_after: Option<Duration>,
    still_open: usize,
}

impl Target {
    fn start(
        attack: &Attack,
        built: &Artifacts,
        settings: impl Fn(HostBuilder) -> HostBuilder,
    ) -> Self {
        let authority = Authority::new();
        let files = TlsFiles::of(&authority.issue());
        let upstream = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let upstream_address = upstream.local_addr().expect("an address");
        let mut builder = Host::builder()
            .binary(built.host())
            .plugins(PluginFolder::new().with_built(built, "token-plugin"));
        if attack.transport != Transport::Plain {
            builder = builder.tls(&files, &Listener::ALL);
        }
        if attack.needs_upstream {
            builder = builder.upstream(&format!("http://{upstream_address}"), "vllm");
        }
        let client = TlsClient::trusting(&authority);
        let client = match attack.transport {
            Transport::TlsHttp2 => client.offering(&["h2"]),
            _ => client,
        };
        Self {
            host: settings(builder).start(),
            client,
            _files: files,
            _upstream: upstream,
        }
    }

    fn swarm(&self, attack: &Attack, connections: usize) -> Swarm {
        Swarm::open(
            self.host.address(attack.listener),
            attack,
            &self.client,
            connections,
        )
    }

    fn suffer(&self, attack: &Attack, connections: usize, watched: Duration) -> Outcome {
        let other = OtherClient::of(&self.host, attack, &self.client);
        let p99_before = other.p99_for(UNDISTURBED);
        self.host.reset_peak();
        let memory_before_kib = self.host.resident_kib();
        let files_before = self.host.open_files();
        let mut swarm = self.swarm(attack, connections);
        let begin = Instant::now();
        // The client of a connection on which nothing is read does not see its end: the server's files tell it.
        let still_open = || {
            let files = self.host.open_files();
            files.saturating_sub(files_before + FILES_OF_OTHERS)
        };
        let (p99, still_open) = other.p99_while(|| swarm.act_until_cut_off(watched, still_open));
        Outcome {
            memory_before_kib,
            memory_peak_kib: self.host.peak_kib(),
            p99_before,
            p99,
            cut_off_after: (still_open == 0).then(|| begin.elapsed()),
            still_open,
        }
    }

    /// How long the server takes to end while it is attacked.
    fn end_under(mut self, attack: &Attack, connections: usize) -> Duration {
        let _swarm = self.swarm(attack, connections);
        let begin = Instant::now();
        let status = self.host.stop();
        assert!(status.success(), "{}: {status}", attack.name);
        assert!(!self.host.key_file().exists(), "{}", attack.name);
        begin.elapsed()
    }
}

/// The build that users run.
fn release() -> &'static Artifacts {
    match Profile::of_the_tests() {
        Profile::Debug => Artifacts::of_the_other_profile(),
        Profile::Release => Artifacts::of_the_tests(),
    }
}

/// Few seconds for everything, so that nothing has to be waited for.
fn impatient(builder: HostBuilder) -> HostBuilder {
    [
        "header_timeout_sec",
        "idle_timeout_sec",
        "write_timeout_sec",
        "tls_handshake_timeout_sec",
        "upstream_response_timeout_sec",
    ]
    .iter()
    .fold(builder, |builder, setting| builder.property(setting, "2"))
}

#[test]
fn connections_without_a_key_take_little_memory_and_are_cut_off() {
    for attack in ALL {
        let target = Target::start(&attack, Artifacts::of_the_tests(), impatient);
        let outcome = target.suffer(&attack, SHORT_CONNECTIONS, SHORT_WATCHED);
        let name = attack.name;
        assert_eq!(outcome.still_open, 0, "{name}");
        let growth_kib = outcome
            .memory_peak_kib
            .saturating_sub(outcome.memory_before_kib);
        // What is allocated once is not that of a connection.
        let expected_kib = 4 * KIB + SHORT_CONNECTIONS as u64 * SHORT_MEMORY_MAX_KIB;
        assert!(growth_kib < expected_kib, "{name}: {growth_kib} KiB");
    }
}

#[test]
fn connections_without_a_key_do_not_delay_the_end() {
    for attack in ALL {
        let target = Target::start(&attack, Artifacts::of_the_tests(), |builder| {
            builder.property("shutdown_timeout_sec", "60")
        });
        let took = target.end_under(&attack, SHORT_CONNECTIONS);
        assert!(took < Duration::from_secs(20), "{}: {took:?}", attack.name);
    }
}

#[test]
#[ignore = "takes half an hour: 1,000 connections, and the limits that are set by default"]
fn table() {
    let mut stderr = std::io::stderr();
    let _ = writeln!(
        stderr,
        "| attack, 1,000 connections | listener | memory before | peak | p99 of others before | p99 of others | cut off after | SIGTERM takes |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |"
    );
    let mut too_large = Vec::new();
    for attack in ALL {
        let target = Target::start(&attack, release(), |builder| builder);
        let outcome = target.suffer(&attack, CONNECTIONS, WATCHED);
        drop(target);
        let end = Target::start(&attack, release(), |builder| builder);
        let end = end.end_under(&attack, CONNECTIONS);
        let mebibytes = |kib: u64| format!("{:.1} MiB", kib as f64 / 1024.0);
        let milliseconds = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
        let cut_off = outcome.cut_off_after.map_or_else(
            || format!("{} still open", outcome.still_open),
            |time| format!("{} s", time.as_secs()),
        );
        let _ = writeln!(
            stderr,
            "| {} | {} | {} | {} | {} | {} | {cut_off} | {} |",
            attack.name,
            attack.listener_name(),
            mebibytes(outcome.memory_before_kib),
            mebibytes(outcome.memory_peak_kib),
            milliseconds(outcome.p99_before),
            milliseconds(outcome.p99),
            milliseconds(end),
        );
        if outcome.memory_peak_kib > MEMORY_MAX_KIB || outcome.still_open > 0 {
            too_large.push(attack.name);
        }
    }
    assert!(too_large.is_empty(), "beyond the limits: {too_large:#?}");
}
