//! What the files of upstreams hold now.

use integration_tests::write_file;

use super::*;

/// The path of a file is the same, and what it says is not.
#[test]
fn the_key_of_a_path_follows_the_profile() {
    let upstream = HttpUpstream::start();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("profile.toml");
    let write = |inference: &str, management: &str| {
        let profile = format!(
            "name = \"test\"\nserver = \"Test\"\nversion = \"1\"\nsource = \"here\"\n\
             ports = [{{ number = 8000, serves = \"everything\" }}]\n\
             error_format = \"openai\"\nhealth_path = \"/probe\"\n\
             [[inference]]\nrules = [\"POST {inference}\"]\n\
             [[management]]\nrules = [\"POST {management}\"]\n\
             [[health]]\nrules = [\"GET /probe\"]\n"
        );
        write_file(&file, profile.as_bytes());
    };
    write("/a", "/b");
    let host = protected()
        .property("upstream", &upstream.url())
        .property("upstream_profile_file", &file.display().to_string())
        .property("upstream_health_path", "none")
        .start();
    let who = |path: &str| {
        let allowed = who_may(&host, Listener::Inference, &post(path));
        allowed.join(" ")
    };
    assert_eq!([who("/a"), who("/b")], ["inference", "management"]);
    let denied = host.inference(&post("/a"));
    assert!(denied.json()["error"].is_object(), "{denied:?}");

    write("/b", "/a");
    assert_reloaded(&host, 2);
    assert_eq!([who("/a"), who("/b")], ["management", "inference"]);
    // Nothing is new now.
    assert_reloaded(&host, 2);

    unset(&host, "upstream_profile_file");
    set(&host, "upstream_profile", "torchserve");
    assert_reloaded(&host, 3);
    assert_eq!(who("/predictions/m"), "inference");
    let denied = host.inference(&post("/predictions/m"));
    assert!(denied.json()["error"].is_null(), "{denied:?}");
}

/// The key of the upstream is read again as well.
#[test]
fn requests_carry_what_the_file_of_the_upstreams_key_holds_now() {
    let upstream = HttpUpstream::start();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("key");
    write_file(&file, b"Bearer old\n");
    let host = in_front_of(&[&upstream])
        .property(
            "upstream_authorization",
            &format!("file:{}", file.display()),
        )
        .start();
    let sent = || {
        assert_forwarded(&host, &upstream);
        let requests = upstream.requests();
        let last = requests.last().and_then(|one| one.header("authorization"));
        last.map(str::to_owned)
    };
    assert_eq!(sent().as_deref(), Some("Bearer old"));
    write_file(&file, b"Bearer new\n");
    assert_reloaded(&host, 2);
    assert_eq!(sent().as_deref(), Some("Bearer new"));
}
