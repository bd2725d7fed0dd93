//! Settings of upstreams with which the host does not start, and what it says about them.

use integration_tests::{Host, HostBuilder, PluginFolder};

const URL: &str = "http://127.0.0.1:9";
const OTHER_URL: &str = "http://127.0.0.1:19";

fn token_plugin() -> HostBuilder {
    Host::builder().plugins(PluginFolder::new().with("token-plugin"))
}

#[track_caller]
fn assert_refused(settings: &[(&str, &str)], problem: &str) {
    let with = |builder: HostBuilder, (key, value): &(&str, &str)| builder.property(key, value);
    let refusal = settings.iter().fold(token_plugin(), with).refused();
    let line = refusal.line();
    assert!(line.contains("config.properties:"), "{line}");
    assert!(line.ends_with(problem), "{line}\nis not\n{problem}");
    assert!(refusal.log.lines_with("listens on").is_empty(), "{refusal}");
}

#[test]
fn an_upstream_without_a_profile() {
    assert_refused(
        &[("upstream", URL)],
        ": upstream needs to know what each path of the server does: set upstream_profile to one \
         of kserve-v2, litserve, llamacpp, mlserver, ollama, sglang, tei, tgi, torchserve, triton, vllm, or \
         upstream_profile_file to a file of yours",
    );
}

#[test]
fn settings_that_exclude_each_other() {
    let all = ("upstream", URL);
    let profile = ("upstream_profile", "vllm");
    for other in ["upstream_inference", "upstream_management"] {
        let problem = format!(": upstream and {other} exclude each other: remove one of them");
        assert_refused(&[all, profile, (other, OTHER_URL)], &problem);
    }
    assert_refused(
        &[all, profile, ("upstream_profile_file", "/nowhere")],
        ": upstream_profile and upstream_profile_file exclude each other: remove one of them",
    );
}

#[test]
fn settings_that_need_an_upstream() {
    for (key, value) in [
        ("upstream_profile", "vllm"),
        ("upstream_profile_file", "/nowhere"),
        ("upstream_allow", "GET /x"),
        ("upstream_path_prefix", "/llm"),
    ] {
        let problem = format!(
            ": {key} has no effect without an upstream, such as upstream=http://127.0.0.1:8000"
        );
        assert_refused(&[(key, value)], &problem);
    }
}

#[test]
fn settings_that_need_a_profile() {
    for (key, value) in [
        ("upstream_allow", "GET /x"),
        ("upstream_path_prefix", "/llm"),
    ] {
        let problem =
            format!(": {key} has no effect without upstream_profile or upstream_profile_file");
        assert_refused(&[("upstream_inference", URL), (key, value)], &problem);
    }
}

/// The inference key would open the management API; also where only one of several replicas is the same.
#[test]
fn one_server_for_both_apis_without_a_profile() {
    let replicas = format!("{OTHER_URL},{URL}");
    for (one, other) in [
        ("upstream_inference", "upstream_management"),
        ("upstream_grpc_inference", "upstream_grpc_management"),
    ] {
        let problem = format!(
            ": {one} and {other} are the same server, and only a profile tells its inference from \
             its management: set upstream_profile or upstream_profile_file"
        );
        for url in [URL, "http://127.0.0.1:9/", &replicas] {
            assert_refused(&[(one, URL), (other, url)], &problem);
        }
    }
}

#[test]
fn values_that_are_not_valid() {
    for (key, value, expected) in [
        (
            "upstream_inference",
            "127.0.0.1:9",
            "http://HOST:PORT or unix:PATH",
        ),
        (
            "upstream_inference",
            "http://127.0.0.1:9/x",
            "http://HOST:PORT or unix:PATH",
        ),
        (
            "upstream_inference",
            "http://u:p@127.0.0.1:9",
            "http://HOST:PORT or unix:PATH",
        ),
        (
            "upstream_inference",
            "ftp://127.0.0.1:9",
            "http://HOST:PORT or unix:PATH",
        ),
        (
            "upstream_inference",
            "http://127.0.0.1:0",
            "a port from 1 to 65535",
        ),
        (
            "upstream_inference",
            "http://a:1,http://a:1",
            "addresses that differ",
        ),
        (
            "upstream_inference",
            "unix:relative",
            "unix: and an absolute path",
        ),
        ("upstream_health_paths", "closed", "open or guarded"),
        ("upstream_host", "client", "upstream or keep"),
        (
            "upstream_authorization",
            "drop",
            "strip, keep, or file:PATH",
        ),
        (
            "upstream_profile",
            "nginx",
            "one of kserve-v2, litserve, llamacpp",
        ),
    ] {
        let refusal = token_plugin()
            .upstream_management(OTHER_URL)
            .property(key, value)
            .refused();
        let line = refusal.line();
        for part in ["config.properties:", key, expected] {
            assert!(line.contains(part), "{key}={value}: {line}");
        }
        assert!(!line.contains("u:p@"), "{line}");
    }
}

/// Whoever names an upstream wants it guarded. The line says what to do.
#[test]
fn an_upstream_without_a_token_plugin() {
    let required = "no token plugin is loaded, and a server with an upstream requires one, unless \
                    started with --disable-token-auth: ";
    let in_front = || {
        Host::builder()
            .argument("--upstream")
            .argument(URL)
            .argument("--upstream-profile")
            .argument("vllm")
    };
    let without_folder = in_front().refused();
    let line = without_folder.line();
    let what_to_do = "to require keys, start with --plugins-path DIR and a token plugin in DIR";
    assert!(line.ends_with(&format!("{required}{what_to_do}")), "{line}");

    let folder = PluginFolder::new().with("fixture-echo");
    let path = folder.path().display().to_string();
    let with_other_plugins = in_front().plugins(folder).refused();
    let line = with_other_plugins.line();
    let what_to_do = format!("to require keys, put a token plugin into {path}");
    assert!(line.ends_with(&format!("{required}{what_to_do}")), "{line}");
    for refusal in [without_folder, with_other_plugins] {
        assert!(refusal.log.lines_with("listens on").is_empty(), "{refusal}");
    }
}
