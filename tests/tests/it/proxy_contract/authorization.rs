//! `upstream_authorization`: what the upstream sees of `Authorization`.

use integration_tests::{Host, PluginFolder, get, post, write_file};

use super::front::{Arrangement, Front};

#[test]
fn with_keep_the_upstream_gets_the_clients_header() {
    let fronts = Front::start_all(|builder| {
        builder
            .property("upstream_authorization", "keep")
            .keys_in_responses()
    });
    for front in &fronts {
        let keys = front.host.keys();
        for mut caller in front.callers() {
            let key = &keys.inference.key;
            let sent = post("/predictions/m").header("Authorization", format!("bearer  {key}"));
            assert_eq!(caller.inference(&sent).status, 200);
            let seen = front.inference.requests().pop().expect("a request");
            let expected = format!("bearer  {key}");
            assert_eq!(seen.header("authorization"), Some(expected.as_str()));
            let models = get("/models").key(&keys.management.key);
            assert_eq!(caller.management(&models).status, 200);
            let seen = front.management().requests().pop().expect("a request");
            let expected = format!("Bearer {}", keys.management.key);
            assert_eq!(seen.header("authorization"), Some(expected.as_str()));
        }
    }
}

/// Also where the client sent none.
#[test]
fn with_a_file_the_upstream_gets_its_line() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("authorization");
    write_file(&path, b"Bearer of-the-upstream\n");
    let value = format!("file:{}", path.display());
    for front in Front::start_all(|one| one.property("upstream_authorization", &value)) {
        let keys = front.host.keys();
        for mut caller in front.callers() {
            let mut requests = vec![post("/predictions/m").key(&keys.inference.key)];
            if front.arrangement == Arrangement::ByClass {
                requests.extend([get("/ping"), get("/ping").key("any")]);
            }
            for request in requests {
                assert_eq!(caller.inference(&request).status, 200);
                let seen = front.inference.requests().pop().expect("a request");
                let line = Some("Bearer of-the-upstream");
                assert_eq!(seen.header("authorization"), line, "{request:?}");
            }
        }
        let log = front.host.log().text();
        assert!(!log.contains("of-the-upstream"), "{log}");
    }
}

/// What it holds is not shown.
#[test]
fn a_file_that_is_no_line_aborts_startup() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("authorization");
    let refused = || {
        let refusal = Host::builder()
            .plugins(PluginFolder::new().with("token-plugin"))
            .upstream_inference("http://127.0.0.1:9")
            .property(
                "upstream_authorization",
                &format!("file:{}", path.display()),
            )
            .refused();
        refusal.line()
    };
    let place = format!("upstream_authorization: file {}", path.display());

    let line = refused();
    assert!(line.contains(&format!("{place} cannot be read")), "{line}");
    for content in ["", "\n", "one-secret\ntwo", "one-secret\u{e9}"] {
        write_file(&path, content.as_bytes());
        let line = refused();
        let problem = format!("{place} is not one line of visible ASCII, such as `Bearer KEY`");
        assert!(line.ends_with(&problem), "{line}");
        assert!(!line.contains("one-secret"), "{line}");
    }
}
