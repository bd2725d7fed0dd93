use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use plugin_api::{
    EndpointType, TokenType, Verdict,
    testing::{TestContext, TestHost, TestPlugin, TestRequest},
};
use tempfile::TempDir;

use super::open;

const KINDS: [TokenType; 3] = [
    TokenType::TOKEN,
    TokenType::MANAGEMENT,
    TokenType::INFERENCE,
];

/// A plugin, as in a server after startup.
struct Started {
    plugin: TestPlugin,
    folder: TempDir,
}

impl Started {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let plugin = TestPlugin::open(&host(folder.path()), open).unwrap();
        make_keys(&plugin);
        Self { plugin, folder }
    }

    fn key(&self, kind: TokenType) -> String {
        let text = fs::read_to_string(self.folder.path().join("keys.json")).unwrap();
        let name = match kind {
            TokenType::TOKEN => "API",
            TokenType::MANAGEMENT => "management",
            _ => "inference",
        };
        let (_, member) = text.split_once(&format!("\"{name}\"")).unwrap();
        member.split('"').nth(3).unwrap().to_owned()
    }

    fn check(&self, key: &str, wanted: TokenType) -> Verdict {
        let request = TestRequest::get("/models").with_bearer(key);
        let authorizer = self.plugin.token_authorizer();
        authorizer.check_token_authorization(&request, wanted)
    }
}

fn host(folder: &Path) -> TestHost {
    let path = folder.join("keys.json").display().to_string();
    TestHost::new().with_setting("token_key_file", path)
}

fn make_keys(plugin: &TestPlugin) {
    let authorizer = plugin.token_authorizer();
    authorizer.set_time(60.0).unwrap();
    authorizer.generate_key_file(TokenType::TOKEN).unwrap();
}

#[test]
fn each_key_is_allowed_for_its_own_kind_only() {
    let started = Started::new();
    for kind in KINDS {
        for wanted in KINDS {
            let expected = if kind == wanted {
                Verdict::ALLOW
            } else {
                Verdict::DENY_SCOPE
            };
            assert_eq!(started.check(&started.key(kind), wanted), expected);
        }
    }
}

#[test]
fn the_server_gets_the_name_of_a_key_and_never_the_key() {
    let started = Started::new();
    let authorizer = started.plugin.token_authorizer();
    for (kind, name) in [
        (TokenType::TOKEN, "api"),
        (TokenType::MANAGEMENT, "management"),
        (TokenType::INFERENCE, "inference"),
    ] {
        let request = TestRequest::get("/models").with_bearer(&started.key(kind));
        let _ = authorizer.check_token_authorization(&request, TokenType::INFERENCE);
        let id = request.key().unwrap();
        assert_eq!(authorizer.key_name(id).as_deref(), Some(name));
    }
    let unknown = TestRequest::get("/models").with_bearer("unknown");
    let _ = authorizer.check_token_authorization(&unknown, TokenType::INFERENCE);
    assert_eq!(unknown.key(), None);
}

#[test]
fn before_the_keys_are_made_everything_is_denied() {
    let plugin = TestPlugin::open(&TestHost::new(), open).unwrap();
    let request = TestRequest::get("/models").with_bearer("");
    let authorizer = plugin.token_authorizer();
    for wanted in KINDS {
        let verdict = authorizer.check_token_authorization(&request, wanted);
        assert!(!verdict.allows());
    }
}

#[test]
fn a_replaced_key_is_denied_and_the_new_one_is_allowed() {
    let started = Started::new();
    let old = started.key(TokenType::INFERENCE);
    let endpoint = started.plugin.endpoint(EndpointType::MANAGEMENT, "token");
    let request = TestRequest::get("/token?type=inference");
    let response = endpoint.call(&request, &TestContext::new()).unwrap();

    assert_eq!(response.status(), 200);
    let new = started.key(TokenType::INFERENCE);
    assert_eq!(
        started.check(&old, TokenType::INFERENCE),
        Verdict::DENY_INVALID
    );
    assert_eq!(started.check(&new, TokenType::INFERENCE), Verdict::ALLOW);
}

#[test]
fn an_ambiguous_type_replaces_nothing() {
    let started = Started::new();
    let old = started.key(TokenType::INFERENCE);
    let endpoint = started.plugin.endpoint(EndpointType::MANAGEMENT, "token");
    for target in [
        "/token",
        "/token?type=token",
        "/token?type=inference&type=inference",
    ] {
        let response = endpoint.call(&TestRequest::get(target), &TestContext::new());
        assert_eq!(response.unwrap().status(), 400, "{target}");
    }
    assert_eq!(started.key(TokenType::INFERENCE), old);
}

#[test]
fn an_expired_key_is_denied_as_such() {
    let started = Started::new();
    let authorizer = started.plugin.token_authorizer();
    authorizer.set_time(1e-12).unwrap();
    authorizer.generate_key_file(TokenType::INFERENCE).unwrap();
    let key = started.key(TokenType::INFERENCE);
    assert_eq!(
        started.check(&key, TokenType::INFERENCE),
        Verdict::DENY_EXPIRED
    );
    let api = started.key(TokenType::TOKEN);
    assert_eq!(started.check(&api, TokenType::TOKEN), Verdict::ALLOW);
}

#[test]
fn only_its_owner_can_read_the_file_which_is_deleted_at_shutdown() {
    let started = Started::new();
    let path = started.folder.path().join("keys.json");
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    started.plugin.shutdown();
    assert!(!path.exists());
}

#[test]
fn a_new_build_goes_on_with_the_keys_and_the_file() {
    let Started { plugin, folder } = Started::new();
    let path = folder.path().join("keys.json");
    let written = fs::read(&path).unwrap();
    let state = plugin.hand_over().unwrap();
    let successor = TestPlugin::open(&host(folder.path()).with_state(state), open).unwrap();
    assert!(successor.took_over());
    plugin.retire();
    assert_eq!(fs::read(&path).unwrap(), written);
    let successor = Started {
        plugin: successor,
        folder,
    };
    for kind in KINDS {
        let verdict = successor.check(&successor.key(kind), kind);
        assert_eq!(verdict, Verdict::ALLOW);
    }
    successor.plugin.shutdown();
    assert!(!path.exists());
}

#[test]
fn what_another_build_wrote_is_not_deleted() {
    let Started { plugin, folder } = Started::new();
    let stranger = TestPlugin::open(&host(folder.path()), open).unwrap();
    make_keys(&stranger);
    plugin.shutdown();
    let path = folder.path().join("keys.json");
    assert!(path.exists());
    stranger.shutdown();
    assert!(!path.exists());
}

#[test]
fn a_successor_that_is_given_up_leaves_the_file_to_its_predecessor() {
    let started = Started::new();
    let state = started.plugin.hand_over().unwrap();
    let host = host(started.folder.path()).with_state(state);
    drop(TestPlugin::open(&host, open).unwrap());
    let key = started.key(TokenType::INFERENCE);
    assert_eq!(started.check(&key, TokenType::INFERENCE), Verdict::ALLOW);
    started.plugin.shutdown();
    assert!(!started.folder.path().join("keys.json").exists());
}
