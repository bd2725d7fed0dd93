//! Which of file, command line and environment overrides the others.

use std::path::PathBuf;

use super::Start;
use crate::config::TokenAuthorization;

#[test]
fn environment_overrides_command_line_overrides_file_for_disabling() {
    use TokenAuthorization::{Disable, IfPlugin};

    let variable = "TS_DISABLE_TOKEN_AUTHORIZATION";
    let flag = &["--disable-token-auth"][..];
    let none = &[][..];
    for (file, arguments, value, expected) in [
        ("", none, None, IfPlugin),
        ("disable_token_authorization=true", none, None, Disable),
        ("disable_token_authorization=True", none, None, Disable),
        ("disable_token_authorization=false", none, None, IfPlugin),
        ("disable_token_authorization=false", flag, None, Disable),
        ("", flag, None, Disable),
        ("", none, Some("true"), IfPlugin),
        ("", flag, Some("false"), Disable),
        ("enable_envvars_config=false", none, Some("true"), IfPlugin),
        ("enable_envvars_config=true", none, Some("true"), Disable),
        ("enable_envvars_config=true", flag, Some("false"), IfPlugin),
        (
            "enable_envvars_config=TRUE\ndisable_token_authorization=true",
            flag,
            Some("false"),
            IfPlugin,
        ),
        (
            "enable_envvars_config=true\ndisable_token_authorization=false",
            none,
            Some("TRUE"),
            Disable,
        ),
    ] {
        let variables: Vec<(&str, &str)> =
            value.map(|value| (variable, value)).into_iter().collect();
        let start = Start {
            file,
            arguments,
            variables: &variables,
        };
        assert_eq!(
            start.config().token.authorization,
            expected,
            "file {file:?}, arguments {arguments:?}, variable {value:?}"
        );
    }
}

#[test]
fn only_the_file_can_enable_the_environment() {
    let start = Start {
        file: "",
        arguments: &["--disable-token-auth"],
        variables: &[
            ("TS_ENABLE_ENVVARS_CONFIG", "true"),
            ("TS_DISABLE_TOKEN_AUTHORIZATION", "false"),
        ],
    };
    assert_eq!(
        start.config().token.authorization,
        TokenAuthorization::Disable
    );
    assert_eq!(
        start.warnings(),
        [
            "environment variable TS_DISABLE_TOKEN_AUTHORIZATION is ignored: the configuration file \
          does not say enable_envvars_config=true"
        ]
    );
}

#[test]
fn the_environment_can_set_every_known_key_and_every_key_of_the_file() {
    let config = Start {
        file: "enable_envvars_config=true\nmy_plugin_color=red\nmodel_store=store",
        arguments: &["--model-store", "typed"],
        variables: &[
            ("TS_MODEL_STORE", "from-variable"),
            ("TS_TOKEN_EXPIRATION_TIME_MIN", "5"),
            ("TS_TOKEN_KEY_FILE", "/run/keys.json"),
            ("TS_MY_PLUGIN_COLOR", "blue"),
        ],
    }
    .config();
    assert_eq!(config.model_store, Some(PathBuf::from("from-variable")));
    assert_eq!(
        config.token.expiration.minutes().to_bits(),
        5.0_f64.to_bits()
    );
    let shown: Vec<(&str, &str, String)> = config
        .settings
        .iter()
        .map(|(key, setting)| (key, setting.value.as_str(), setting.origin.to_string()))
        .collect();
    let file = config.file.unwrap().display().to_string();
    assert_eq!(
        shown,
        [
            ("enable_envvars_config", "true", format!("{file}:1")),
            (
                "model_store",
                "from-variable",
                "environment variable TS_MODEL_STORE".to_owned()
            ),
            (
                "my_plugin_color",
                "blue",
                "environment variable TS_MY_PLUGIN_COLOR".to_owned()
            ),
            (
                "token_expiration_min",
                "5",
                "environment variable TS_TOKEN_EXPIRATION_TIME_MIN".to_owned()
            ),
            (
                "token_key_file",
                "/run/keys.json",
                "environment variable TS_TOKEN_KEY_FILE".to_owned()
            ),
        ]
    );
}

#[test]
fn what_is_typed_is_among_the_settings() {
    let config = Start {
        file: "plugins_path=other\nload_models=all",
        arguments: &[
            "--plugins-path",
            "plugins",
            "--model-store",
            "store",
            "--models",
            "a=a.onnx",
            "b.onnx",
            "--worker-threads",
            "2",
            "--access-log",
            "--plugins-allow",
            "allow",
            "--plugins-public-key",
            "key.pub",
            "--plugins-cache-path",
            "cache",
            "--plugins-insecure-permissions",
        ],
        ..Start::default()
    }
    .config();
    let shown: Vec<(&str, &str, String)> = config
        .settings
        .iter()
        .map(|(key, setting)| (key, setting.value.as_str(), setting.origin.to_string()))
        .collect();
    assert_eq!(
        shown,
        [
            ("access_log", "true", "command line --access-log".to_owned()),
            (
                "load_models",
                "a=a.onnx,b.onnx",
                "command line --models".to_owned()
            ),
            (
                "model_store",
                "store",
                "command line --model-store".to_owned()
            ),
            (
                "number_of_netty_threads",
                "2",
                "command line --worker-threads".to_owned()
            ),
            (
                "plugins_allow",
                "allow",
                "command line --plugins-allow".to_owned()
            ),
            (
                "plugins_cache_path",
                "cache",
                "command line --plugins-cache-path".to_owned()
            ),
            (
                "plugins_insecure_permissions",
                "true",
                "command line --plugins-insecure-permissions".to_owned()
            ),
            (
                "plugins_path",
                "plugins",
                "command line --plugins-path".to_owned()
            ),
            (
                "plugins_public_key",
                "key.pub",
                "command line --plugins-public-key".to_owned()
            ),
        ]
    );
}
