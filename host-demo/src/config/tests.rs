use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Parser;
use tempfile::NamedTempFile;

use super::{Config, ConfigError, ConfigWarning, LoadModels, TokenAuthStatus, TokenAuthorization};
use crate::cli::Cli;

/// One start of the server: a file, arguments, variables.
#[derive(Default)]
struct Start<'a> {
    file: &'a str,
    arguments: &'a [&'a str],
    variables: &'a [(&'a str, &'a str)],
}

impl Start<'_> {
    fn resolve(&self) -> Result<(Config, Vec<ConfigWarning>), String> {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(self.file.as_bytes()).unwrap();
        let cli = Cli::try_parse_from([&["host-demo"], self.arguments].concat()).unwrap();
        let variables: BTreeMap<&str, &str> = self.variables.iter().copied().collect();
        let environment = |name: &str| variables.get(name).map(OsString::from);
        Config::resolve_with(&cli, &environment, file.path()).map_err(|error| {
            error
                .to_string()
                .replace(&file.path().display().to_string(), "FILE")
        })
    }

    fn config(&self) -> Config {
        self.resolve().unwrap().0
    }

    fn error(&self) -> String {
        self.resolve().unwrap_err()
    }

    fn warnings(&self) -> Vec<String> {
        let (config, warnings) = self.resolve().unwrap();
        let path = config.file.unwrap().display().to_string();
        warnings
            .iter()
            .map(|warning| warning.to_string().replace(&path, "FILE"))
            .collect()
    }
}

fn with_file(file: &str) -> Start<'_> {
    Start {
        file,
        ..Start::default()
    }
}

#[test]
fn without_settings_the_defaults_are_those_of_torchserve() {
    let cli = Cli::default();
    let (config, warnings) =
        Config::resolve_with(&cli, &|_| None, Path::new("/nowhere/config.properties")).unwrap();
    assert_eq!(config.file, None);
    assert_eq!(
        config.listeners.inference.to_string(),
        "http://127.0.0.1:8080"
    );
    assert_eq!(
        config.listeners.management.to_string(),
        "http://127.0.0.1:8081"
    );
    assert_eq!(
        config.listeners.metrics.to_string(),
        "http://127.0.0.1:8082"
    );
    assert_eq!((config.plugins_path, config.model_store), (None, None));
    assert_eq!(config.load_models, LoadModels::None);
    assert_eq!(config.job_queue_size.get(), 100);
    assert_eq!(
        (config.default_workers_per_model, config.worker_threads),
        (None, None)
    );
    assert_eq!(config.max_request_size_bytes, 6_553_500);
    assert_eq!(config.shutdown_timeout, Duration::from_secs(30));
    assert!(!config.access_log);
    assert_eq!(config.token.authorization, TokenAuthorization::IfPlugin);
    assert_eq!(
        config.token.expiration.minutes().to_bits(),
        60.0_f64.to_bits()
    );
    assert_eq!(config.token.status, TokenAuthStatus::TorchServe);
    assert!(config.token.exempt_paths.is_empty());
    assert_eq!(config.settings.iter().count(), 0);
    assert_eq!(warnings, []);
}

#[test]
fn every_key_of_the_file_reaches_its_field() {
    let config = with_file(
        "inference_address=http://127.0.0.1:0\nmanagement_address=http://[::1]:1\n\
         metrics_address=http://localhost:2\nplugins_path=plugins\nmodel_store=store\n\
         load_models=a=a.onnx\nmax_request_size=1\njob_queue_size=7\n\
         default_workers_per_model=2\nnumber_of_netty_threads=3\nshutdown_timeout_sec=0\n\
         access_log=TRUE\nrequire_token_authorization=true\ntoken_expiration_min=0.25\n\
         token_auth_status=standard\ntoken_exempt_paths=/ping\n",
    )
    .config();
    assert_eq!(config.listeners.inference.to_string(), "http://127.0.0.1:0");
    assert_eq!(config.listeners.management.to_string(), "http://[::1]:1");
    assert_eq!(config.listeners.metrics.to_string(), "http://127.0.0.1:2");
    assert_eq!(config.plugins_path, Some(PathBuf::from("plugins")));
    assert_eq!(config.model_store, Some(PathBuf::from("store")));
    assert_eq!(Ok(config.load_models), "a=a.onnx".parse());
    assert_eq!(config.max_request_size_bytes, 1);
    assert_eq!(config.job_queue_size.get(), 7);
    assert_eq!(config.default_workers_per_model.map(usize::from), Some(2));
    assert_eq!(config.worker_threads.map(usize::from), Some(3));
    assert_eq!(config.shutdown_timeout, Duration::ZERO);
    assert!(config.access_log);
    assert_eq!(config.token.authorization, TokenAuthorization::Require);
    assert_eq!(
        config.token.expiration.minutes().to_bits(),
        0.25_f64.to_bits()
    );
    assert_eq!(config.token.status, TokenAuthStatus::Standard);
    assert!(config.token.exempt_paths.contains("/ping"));
}

#[test]
fn disabling_goes_by_environment_then_command_line_then_file() {
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
fn only_the_file_can_let_the_environment_count() {
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
                "plugins_path",
                "plugins",
                "command line --plugins-path".to_owned()
            ),
        ]
    );
}

#[test]
fn secrets_are_neither_among_the_settings_nor_in_debug_output() {
    let config =
        with_file("my_password=hunter2\ndb_pass=hunter2\nkey_passphrase=hunter2\na=1").config();
    let keys: Vec<&str> = config.settings.iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["a"]);
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn a_bad_value_is_named_with_its_place_and_what_would_be_right() {
    let minutes = "a number of minutes above 0, for example 60 or 0.25";
    let address = "http://HOST:PORT, where HOST is an IPv4 address, an IPv6 address in brackets, \
                   or localhost";
    for (line, expected) in [
        ("token_expiration_min=abc", minutes),
        ("token_expiration_min=0", minutes),
        ("token_expiration_min=-1", minutes),
        ("token_expiration_min=NaN", minutes),
        ("token_expiration_min=Infinity", minutes),
        ("token_expiration_min=", minutes),
        ("token_auth_status=401", "torchserve or standard"),
        ("disable_token_authorization=yes", "true or false"),
        ("require_token_authorization=1", "true or false"),
        ("enable_envvars_config=on", "true or false"),
        ("access_log=", "true or false"),
        ("inference_address=127.0.0.1:8080", address),
        ("management_address=unix:/tmp/x", address),
        ("metrics_address=http://example.org:80", address),
        ("max_request_size=0", "a whole number from 1 to 2147483647"),
        (
            "max_request_size=6MB",
            "a whole number from 1 to 2147483647",
        ),
        ("job_queue_size=-1", "a whole number from 1 to 1000000"),
        (
            "default_workers_per_model=1025",
            "a whole number from 0 to 1024",
        ),
        (
            "number_of_netty_threads=1.5",
            "a whole number from 0 to 1024",
        ),
        (
            "shutdown_timeout_sec=86401",
            "a whole number from 0 to 86400",
        ),
        (
            "load_models=a=",
            "all, or FILE and NAME=FILE separated by commas",
        ),
        ("plugins_path=", "a path"),
        ("model_store=", "a path"),
    ] {
        let (key, value) = line.split_once('=').unwrap();
        assert_eq!(
            with_file(&format!("# first line\n{line}")).error(),
            format!("FILE:2: {key}={value:?} is not valid: expected {expected}")
        );
    }
}

#[test]
fn a_bad_value_from_elsewhere_names_the_variable() {
    let start = Start {
        file: "enable_envvars_config=true\ntoken_expiration_min=60",
        arguments: &[],
        variables: &[("TS_TOKEN_EXPIRATION_MIN", "soon\n")],
    };
    assert_eq!(
        start.error(),
        "environment variable TS_TOKEN_EXPIRATION_MIN: token_expiration_min=\"soon\\n\" is not \
         valid: expected a number of minutes above 0, for example 60 or 0.25"
    );
}

#[test]
fn a_long_bad_value_is_cut() {
    let value = "x".repeat(200);
    let error = with_file(&format!("token_auth_status={value}")).error();
    let shown = "x".repeat(80);
    assert_eq!(
        error,
        format!(
            "FILE:1: token_auth_status=\"{shown}\"... is not valid: expected torchserve or standard"
        )
    );
}

#[test]
fn a_file_that_was_named_must_be_there() {
    for (arguments, variables) in [
        (&["--ts-config", "/nowhere/a.properties"][..], &[][..]),
        (
            &["--ts-config", "Cargo.toml"],
            &[("TS_CONFIG_FILE", "/nowhere/a.properties")],
        ),
    ] {
        let start = Start {
            file: "",
            arguments,
            variables,
        };
        assert_eq!(
            start.error(),
            "configuration file /nowhere/a.properties cannot be read"
        );
    }
}

#[test]
fn tls_is_refused_and_never_served_as_plain_text() {
    let text = "asks for TLS, which this server does not speak yet; use http:// addresses behind a \
                proxy that ends TLS, and remove";
    for (line, key) in [
        (
            "inference_address=https://127.0.0.1:8443",
            "inference_address",
        ),
        ("management_address=HTTPS://127.0.0.1", "management_address"),
        ("metrics_address=https://127.0.0.1", "metrics_address"),
        ("keystore=a.p12", "keystore"),
        ("keystore_pass=changeit", "keystore_pass"),
        ("keystore_type=PKCS12", "keystore_type"),
        ("private_key_file=a.key", "private_key_file"),
        ("certificate_file=a.pem", "certificate_file"),
    ] {
        assert_eq!(
            with_file(line).error(),
            format!("FILE:1: {key} {text} {key}")
        );
    }
    let start = Start {
        file: "enable_envvars_config=true",
        arguments: &[],
        variables: &[("TS_KEYSTORE", "a.p12")],
    };
    assert_eq!(
        start.error(),
        format!("environment variable TS_KEYSTORE: keystore {text} keystore")
    );
}

#[test]
fn disabling_and_requiring_at_once_is_refused() {
    let start = Start {
        file: "require_token_authorization=true",
        arguments: &["--disable-token-auth"],
        ..Start::default()
    };
    assert_eq!(
        start.error(),
        "token authorization is disabled (command line --disable-token-auth) and required \
         (FILE:1); remove one of them"
    );
}

#[test]
fn models_need_a_model_store() {
    let start = Start {
        arguments: &["--models", "all"],
        ..Start::default()
    };
    assert_eq!(
        start.error(),
        "command line --models: load_models needs a model store: --model-store DIR or \
         model_store=DIR"
    );
}

#[test]
fn settings_of_torchserve_without_effect_and_open_addresses_are_warned_of() {
    let start =
        with_file("batch_delay=5\ninference_address=http://0.0.0.0:8080\ncors_allowed_origin=*");
    assert_eq!(
        start.warnings(),
        [
            "FILE:1: \"batch_delay\" is a setting of TorchServe that has no effect here",
            "FILE:3: \"cors_allowed_origin\" is a setting of TorchServe that has no effect here",
            "inference_address http://0.0.0.0:8080 can be reached from other machines, and keys \
             travel unencrypted: put a proxy that speaks TLS before it",
        ]
    );
    assert_eq!(start.config().unknown_keys(&BTreeSet::new()), []);
}

#[test]
fn keys_that_nobody_reads_are_named_with_the_nearest_known_one() {
    let config = with_file(
        "infrence_address=http://127.0.0.1:1\nmy_color=red\ntoken_key_fil=a\nmy_colour=red\n\
         token_key_bytes=6\nzzz=1",
    )
    .config();
    let path = config.file.clone().unwrap().display().to_string();
    let read_by_plugins = BTreeSet::from(["my_color".to_owned()]);
    let unknown: Vec<String> = config
        .unknown_keys(&read_by_plugins)
        .iter()
        .map(|unknown| unknown.to_string().replace(&path, "FILE"))
        .collect();
    assert_eq!(
        unknown,
        [
            "FILE:1: unknown key \"infrence_address\"; did you mean \"inference_address\"?",
            "FILE:3: unknown key \"token_key_fil\"; did you mean \"token_key_file\"?",
            "FILE:4: unknown key \"my_colour\"; did you mean \"my_color\"?",
            "FILE:6: unknown key \"zzz\"",
        ]
    );
}

#[test]
fn a_folder_is_no_configuration_file() {
    let folder = tempfile::tempdir().unwrap();
    let cli = Cli {
        ts_config: Some(folder.path().to_owned()),
        ..Cli::default()
    };
    let error = Config::resolve(&cli, |_| None).unwrap_err();
    assert!(matches!(error, ConfigError::Read { .. }), "{error:?}");
}

#[cfg(unix)]
#[test]
fn a_path_that_is_not_utf_8_is_refused() {
    use std::os::unix::ffi::OsStringExt;

    let raw = PathBuf::from(OsString::from_vec(vec![0xff]));
    let cli = Cli {
        plugins_path: Some(raw),
        ..Cli::default()
    };
    let error = Config::resolve(&cli, |_| None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "command line --plugins-path: plugins_path: the value is not UTF-8"
    );
}
