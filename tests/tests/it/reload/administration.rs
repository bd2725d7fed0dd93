//! `/plugins` on the management listener.

use integration_tests::{delete, get, post, put};

use super::{ECHO, TOKEN_PLUGIN, assert_reload, file_name, host, post_reload};
use crate::expect::{assert_denied, assert_error};

#[test]
fn plugins_need_the_management_key() {
    let host = host().start();
    let keys = host.keys();
    for request in [get("/plugins"), post("/plugins/reload")] {
        assert_denied(&host.management(&request));
        assert_denied(&host.management(&request.clone().key(&keys.inference.key)));
        assert_denied(&host.management(&request.clone().key(&keys.api)));
        let allowed = host.management(&request.key(&keys.management.key));
        assert_eq!(allowed.status, 200);
    }
    assert_eq!(
        host.inference(&get("/plugins").key(&keys.inference.key))
            .status,
        404
    );
}

/// Nothing changes.
#[test]
fn another_method_is_405() {
    let host = host().start();
    let management = host.keys().management.key;
    host.plugins().remove("fixture-echo");
    for (request, allow) in [
        (get("/plugins/reload"), "POST"),
        (put("/plugins/reload"), "POST"),
        (post("/plugins"), "GET, HEAD"),
        (delete("/plugins"), "GET, HEAD"),
    ] {
        let response = host.management(&request.key(&management));
        assert_eq!(
            (response.status, response.header("allow")),
            (405, Some(allow))
        );
    }
    let list = host.management(&get("/plugins").key(&management)).json();
    assert_eq!(list["generation"], 1);
    assert_eq!(list["plugins"].as_array().map(Vec::len), Some(2));
}

/// Its version, its file, and since when it serves.
#[test]
fn the_list_says_what_is_loaded() {
    let host = host().start();
    let started = chrono::Utc::now();
    host.plugins().install_build("fixture-echo", 1);
    assert_reload(&host, &[(ECHO, "replaced"), (TOKEN_PLUGIN, "unchanged")]);

    let list = host
        .management(&get("/plugins").key(&host.keys().management.key))
        .json();

    assert_eq!(list["generation"], 2);
    let plugins = list["plugins"].as_array().expect("a list");
    let (echo, token) = (&plugins[0], &plugins[1]);
    assert_eq!(file_name(&echo["file"]), ECHO);
    assert_eq!(echo["name"], "fixture-echo");
    assert_eq!(
        (&echo["generation"], &token["generation"]),
        (&2.into(), &1.into())
    );
    assert_eq!(echo["tokenAuthorizer"], false);
    let digest = echo["sha256"].as_str().expect("a digest");
    let output = std::process::Command::new("sha256sum")
        .arg(host.plugins().library("fixture-echo"))
        .output()
        .expect("sha256sum runs");
    assert!(String::from_utf8_lossy(&output.stdout).starts_with(digest));

    assert_eq!(token["name"], "token-plugin");
    assert_eq!(token["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(token["contract"], "1.2.0");
    assert_eq!(token["tokenAuthorizer"], true);
    assert_eq!(token["endpoints"][0]["urlPattern"], "token");
    assert_eq!(token["endpoints"][0]["type"], "MANAGEMENT");
    let since = |plugin: &serde_json::Value| {
        let text = plugin["since"].as_str().expect("a time");
        chrono::DateTime::parse_from_rfc3339(text).expect("RFC 3339")
    };
    assert!(since(token) <= started && started <= since(echo) + chrono::TimeDelta::milliseconds(1));
}

/// In TorchServe's form.
#[test]
fn a_reload_that_fails_is_409() {
    let host = host().start();
    host.plugins().install(
        "libtext.so",
        b"no library, but long enough for one, if it were one",
    );

    let response = post_reload(&host);

    let path = host
        .plugins()
        .path()
        .join("libtext.so")
        .display()
        .to_string();
    let body = response.json();
    let message = body["message"].as_str().expect("a message");
    assert!(message.contains(&path), "{message}");
    assert_error(&response, 409, "PluginReloadException", message);
}
