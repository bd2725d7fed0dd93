//! Replicas are probed in the background.

use integration_tests::{put, write_file};

use super::*;

/// A host that probes its replicas every second.
fn probing(urls: &[&str]) -> HostBuilder {
    Host::builder()
        .plugins(PluginFolder::new().with("token-plugin"))
        .property("upstream", &urls.join(","))
        .property("upstream_profile", "vllm")
        .property("upstream_health_interval_sec", "1")
}

fn wait_for_health(host: &Host, url: &str, expected: u64) {
    let healthy = of_replica("healthy", url);
    eventually(&format!("{healthy} {expected}"), || {
        (metric(host, &healthy) == expected).then_some(())
    });
}

#[test]
fn a_replica_is_down_while_its_probe_fails() {
    let (stopped, server) = (HttpUpstream::start(), HttpUpstream::start());
    let (address, url) = (address(&stopped), stopped.url());
    let host = probing(&[&url, &server.url()]).start();
    drop(stopped);
    wait_for_health(&host, &url, 0);
    for _ in 0..4 {
        assert_completes(&host);
    }
    // No request was sent to it.
    assert_eq!(
        metric(&host, "upstream_failovers_total{upstream=\"upstream\"}"),
        0
    );
    assert_eq!(host.metrics(&get("/ping")).status, 200);

    let restarted = HttpUpstream::start_at(address);
    wait_for_health(&host, &url, 1);
    eventually("it gets requests", || {
        assert_completes(&host);
        (completions(&restarted) > 0).then_some(())
    });
    let down = format!("upstream {url} is down: GET /health: ");
    let down = host.log().wait_for_lines_with(&down, 1);
    let up = format!("upstream {url} is up again: GET /health: 200 OK");
    let up = host.log().wait_for_lines_with(&up, 1);
    assert_eq!((down.len(), up.len()), (1, 1), "{down:?} {up:?}");
    assert!(
        down[0].contains("[WARN") && up[0].contains("[INFO"),
        "{down:?} {up:?}"
    );
}

#[test]
fn ping_and_ready_say_whether_a_replica_is_up() {
    let servers = [HttpUpstream::start(), HttpUpstream::start()];
    let addresses = servers.each_ref().map(address);
    let urls = servers.each_ref().map(HttpUpstream::url);
    let host = probing(&urls.each_ref().map(String::as_str)).start();
    let ping = host.metrics(&get("/ping"));
    assert_eq!(
        (ping.status, &ping.json()["status"]),
        (200, &"Healthy".into())
    );
    assert_eq!(host.metrics(&get("/ready")).status, 200);

    drop(servers);
    for url in &urls {
        wait_for_health(&host, url, 0);
    }
    let ping = host.metrics(&get("/ping"));
    assert_eq!(
        (ping.status, &ping.json()["status"]),
        (500, &"Unhealthy".into())
    );
    let ready = host.metrics(&get("/ready"));
    assert_eq!(ready.status, 503);
    assert_eq!(
        ready.json()["message"],
        "Not ready: no address of upstream is up"
    );
    let response = complete(&host);
    assert_eq!(response.status, 503, "{response:?}");
    assert!(response.header("retry-after").is_some());

    let _restarted = HttpUpstream::start_at(addresses[1]);
    wait_for_health(&host, &urls[1], 1);
    assert_eq!(host.metrics(&get("/ping")).status, 200);
    assert_eq!(host.metrics(&get("/ready")).status, 200);
    assert_completes(&host);
}

/// The probe tells the operator; the request tells its client.
#[test]
fn the_only_replica_is_tried_although_its_probe_fails() {
    let server = HttpUpstream::start();
    let url = server.url();
    let host = probing(&[&url])
        .property("upstream_health_timeout_sec", "1")
        .start();
    wait_for_health(&host, &url, 1);
    let address = address(&server);
    drop(server);
    wait_for_health(&host, &url, 0);
    assert_eq!(host.metrics(&get("/ping")).status, 500);
    assert_eq!(complete(&host).status, 502);
    let _restarted = HttpUpstream::start_at(address);
    assert_completes(&host);
}

#[test]
fn a_replica_that_does_not_answer_its_probe_is_down() {
    let (silent, server) = (SilentListener::start(), HttpUpstream::start());
    let silent_url = format!("http://{}", silent.address());
    let host = probing(&[&silent_url, &server.url()])
        .property("upstream_health_timeout_sec", "1")
        .start();
    wait_for_health(&host, &silent_url, 0);
    for _ in 0..4 {
        assert_completes(&host);
    }
    assert_eq!(completions(&server), 4);
}

#[test]
fn each_replica_is_probed_once_for_all_threads_with_the_upstreams_own_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let key_file = folder.path().join("upstream.key");
    write_file(&key_file, b"Bearer the-upstreams-own\n");
    let unix_path = folder.path().join("model.sock");
    let servers = [HttpUpstream::start(), HttpUpstream::start_unix(&unix_path)];
    let host = probing(&[&servers[0].url(), &servers[1].url()])
        .property("upstream_health_path", "/v1/models?probe")
        .property("upstream_health_interval_sec", "3600")
        .property("number_of_netty_threads", "4")
        .property(
            "upstream_authorization",
            &format!("file:{}", key_file.display()),
        )
        .start();
    for server in &servers {
        let probe = &server.wait_for_requests(1)[0];
        assert_eq!(
            (probe.method.as_str(), probe.target.as_str()),
            ("GET", "/v1/models?probe")
        );
        assert_eq!(probe.header("host"), Some(server.authority().as_str()));
        assert_eq!(
            probe.header("authorization"),
            Some("Bearer the-upstreams-own")
        );
    }
    // Every thread has served by now.
    for _ in 0..8 {
        assert_completes(&host);
    }
    for server in &servers {
        let requests = server.requests();
        let probes = requests
            .iter()
            .filter(|one| one.target != "/v1/completions");
        assert_eq!(probes.count(), 1, "{requests:?}");
    }
}

#[test]
fn without_a_profile_nothing_is_probed_unless_a_path_is_set() {
    let server = HttpUpstream::start();
    let in_front = || {
        Host::builder()
            .plugins(PluginFolder::new().with("token-plugin"))
            .upstream_inference(&server.url())
            .property("upstream_health_interval_sec", "1")
    };
    let _unprobed = in_front().start();
    let _probed = in_front()
        .property("upstream_health_path", "/probe")
        .start();
    let requests = server.wait_for_requests(2);
    assert!(
        requests.iter().all(|one| one.target == "/probe"),
        "{requests:?}"
    );
}

#[test]
fn a_plugin_that_is_not_ready_makes_the_server_not_ready_with_an_upstream_too() {
    let server = HttpUpstream::start();
    let host = probing(&[&server.url()])
        .plugins(
            PluginFolder::new()
                .with("token-plugin")
                .with("fixture-operated"),
        )
        .property("upstream_health_interval_sec", "3600")
        .start();
    assert_eq!(host.metrics(&get("/ready")).status, 200);
    let unready = put("/operated?state=unready").key(&host.keys().inference.key);
    assert_eq!(host.inference(&unready).status, 200);
    let ready = host.metrics(&get("/ready"));
    assert_eq!(ready.status, 503);
    assert_eq!(
        ready.json()["message"],
        "Not ready: fixture-operated: the store of keys cannot be reached"
    );
    // The upstream is up all the same.
    assert_eq!(host.metrics(&get("/ping")).status, 200);
}

#[test]
fn a_server_that_probes_ends_at_once() {
    let silent = SilentListener::start();
    let mut host = probing(&[&format!("http://{}", silent.address())])
        .property("upstream_connect_timeout_sec", "3600")
        .property("upstream_health_timeout_sec", "3600")
        .start();
    assert!(host.stop().success());
}
