use std::path::Path;

use plugin_api::{
    EndpointType, LogLevel, TokenType, Verdict,
    testing::{LogLine, TestContext, TestHost, TestPlugin, TestRequest},
};
use tempfile::{NamedTempFile, TempDir};

use super::open;

const KEYS: [(&str, &str, TokenType); 3] = [
    ("management", "management-key-01", TokenType::MANAGEMENT),
    ("inference", "inference-key-012", TokenType::INFERENCE),
    ("api", "api-key-012345678", TokenType::TOKEN),
];

fn write_key(folder: &Path, name: &str, key: &str) {
    use std::io::Write as _;

    let mut file = NamedTempFile::new_in(folder).unwrap();
    file.write_all(key.as_bytes()).unwrap();
    file.persist(folder.join(name)).unwrap();
}

fn secret() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, key, _) in KEYS {
        write_key(folder.path(), name, key);
    }
    folder
}

fn host(folder: &TempDir) -> TestHost {
    let path = folder.path().display().to_string();
    TestHost::new().with_setting("secret_token_path", path)
}

fn request(key: &str) -> TestRequest {
    TestRequest::get("/models").with_bearer(key)
}

#[test]
fn each_key_is_allowed_for_its_own_kind_only() {
    let folder = secret();
    let plugin = TestPlugin::open(&host(&folder), open).unwrap();
    let authorizer = plugin.token_authorizer();
    authorizer.set_time(60.0).unwrap();
    authorizer.generate_key_file(TokenType::TOKEN).unwrap();
    for (_, key, kind) in KEYS {
        for (_, _, wanted) in KEYS {
            let verdict = authorizer.check_token_authorization(&request(key), wanted);
            let expected = if kind == wanted {
                Verdict::ALLOW
            } else {
                Verdict::DENY_SCOPE
            };
            assert_eq!(verdict, expected, "{key} for {wanted}");
        }
    }
}

#[test]
fn a_request_without_a_valid_key_is_denied_with_the_reason() {
    let folder = secret();
    let plugin = TestPlugin::open(&host(&folder), open).unwrap();
    let none = TestRequest::get("/models");
    for (request, expected) in [
        (none.clone(), Verdict::DENY_MISSING),
        (request("another-key-01234"), Verdict::DENY_INVALID),
        (
            none.with_header("authorization", "Basic management-key-01"),
            Verdict::DENY_INVALID,
        ),
        (
            request("management-key-01").with_bearer("management-key-01"),
            Verdict::DENY_INVALID,
        ),
    ] {
        let authorizer = plugin.token_authorizer();
        let verdict = authorizer.check_token_authorization(&request, TokenType::MANAGEMENT);
        assert_eq!(verdict, expected, "{request:?}");
    }
}

#[test]
fn a_single_key_is_never_generated() {
    let folder = secret();
    let plugin = TestPlugin::open(&host(&folder), open).unwrap();
    for token_type in [TokenType::MANAGEMENT, TokenType::INFERENCE] {
        let error = plugin.token_authorizer().generate_key_file(token_type);
        assert_eq!(
            error.unwrap_err().message(),
            "the keys come from the folder of secret_token_path: replace its files"
        );
    }
}

#[test]
fn a_configured_lifetime_causes_a_warning() {
    let folder = secret();
    let host = host(&folder);
    let plugin = TestPlugin::open(&host, open).unwrap();
    plugin.token_authorizer().set_time(60.0).unwrap();
    let is_warning = |line: &LogLine| line.level == LogLevel::Warn;
    assert!(!host.log().iter().any(is_warning));
    plugin.token_authorizer().set_time(0.5).unwrap();
    let log = host.log();
    let warning = log.iter().find(|line| is_warning(line)).unwrap();
    assert!(
        warning
            .message
            .starts_with("token_expiration_min=0.5 has no effect"),
        "{warning:?}"
    );
}

#[test]
fn the_endpoint_says_where_the_keys_come_from() {
    let folder = secret();
    let plugin = TestPlugin::open(&host(&folder), open).unwrap();
    let endpoint = plugin.endpoint(EndpointType::MANAGEMENT, "token");
    for request in [
        TestRequest::get("/token?type=inference"),
        TestRequest::post("/token?type=inference"),
    ] {
        let response = endpoint.call(&request, &TestContext::new()).unwrap();
        assert_eq!(response.status(), 409);
        assert!(
            response
                .headers()
                .any(|header| header == ("cache-control", "no-store"))
        );
    }
}

#[test]
fn opening_without_its_folder_or_a_key_names_what_is_missing() {
    let error = TestPlugin::open(&TestHost::new(), open).unwrap_err();
    assert_eq!(
        error.message(),
        "secret_token_path is not set: expected the folder that holds the files management, inference and api"
    );
    let folder = secret();
    write_key(folder.path(), "api", "short");
    let error = TestPlugin::open(&host(&folder), open).unwrap_err();
    let path = folder.path().join("api").display().to_string();
    assert!(error.message().starts_with(&path), "{error}");
}

#[test]
fn an_invalid_poll_time_is_rejected_with_its_line() {
    let folder = secret();
    let host = host(&folder).with_setting("secret_token_poll_sec", "0");
    let error = TestPlugin::open(&host, open).unwrap_err();
    assert_eq!(
        error.message(),
        "config.properties:2: secret_token_poll_sec=0: expected seconds from 0.1 to 3600"
    );
}

#[test]
fn the_log_names_the_folder_of_the_keys_and_no_key() {
    let folder = secret();
    let host = host(&folder);
    drop(TestPlugin::open(&host, open).unwrap());
    let log = host.log();
    let path = folder.path().display().to_string();
    assert!(log.iter().any(|line| line.message.contains(&path)));
    for (_, key, _) in KEYS {
        assert!(!log.iter().any(|line| line.message.contains(key)));
    }
}
