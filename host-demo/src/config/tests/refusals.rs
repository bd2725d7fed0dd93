//! Values that abort startup, and the text of the errors.

use std::ffi::OsString;

use clap::Parser;

use super::{Start, with_file};
use crate::{
    cli::Cli,
    config::{CommandLine, Config, ConfigError},
};

#[test]
fn an_invalid_value_is_named_with_its_origin_and_what_would_be_right() {
    let minutes = "a number of minutes above 0 and at most 52560000, for example 60 or 0.25";
    let address = "http://HOST:PORT or https://HOST:PORT, where HOST is an IPv4 address, an IPv6 address in brackets, \
                   or localhost";
    for (line, expected) in [
        ("token_expiration_min=abc", minutes),
        ("token_expiration_min=0", minutes),
        ("token_expiration_min=-1", minutes),
        ("token_expiration_min=NaN", minutes),
        ("token_expiration_min=Infinity", minutes),
        ("token_expiration_min=52560001", minutes),
        ("token_expiration_min=", minutes),
        ("token_auth_status=401", "torchserve or standard"),
        ("disable_token_authorization=yes", "true or false"),
        ("require_token_authorization=1", "true or false"),
        ("enable_envvars_config=on", "true or false"),
        ("access_log=", "true or false"),
        ("inference_address=127.0.0.1:8080", address),
        ("management_address=unix:/tmp/x", address),
        ("metrics_address=http://example.org:80", address),
        (
            "max_header_size=1023",
            "a whole number from 1024 to 1048576",
        ),
        (
            "max_request_size=6MB",
            "a whole number from 0 to 2147483647",
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
            "default_response_timeout=0",
            "a whole number from 1 to 86400",
        ),
        (
            "cors_allowed_origin=example.org",
            "* or one origin, for example https://example.org, without a path",
        ),
        (
            "load_models=a=",
            "all, or FILE and NAME=FILE separated by commas",
        ),
        (
            "tls_handshake_timeout_sec=0",
            "a whole number from 1 to 300",
        ),
        ("certificate_file=", "a path"),
        ("private_key_file=", "a path"),
        ("client_ca_file=", "a path"),
        ("plugins_path=", "a path"),
        ("plugins_allow=", "a path"),
        ("plugins_cache_path=", "a path"),
        ("plugins_insecure_permissions=1", "true or false"),
        (
            "plugins_public_key=",
            "a public key of minisign or a file that holds it",
        ),
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
fn a_time_in_which_no_request_could_be_forwarded_is_refused() {
    for (key, max) in [
        ("upstream_connect_timeout_sec", 86_400),
        ("upstream_response_timeout_sec", 86_400),
        ("upstream_read_timeout_sec", 86_400),
        ("max_stream_duration_sec", 604_800),
    ] {
        let upstream = "upstream_inference=http://127.0.0.1:8000";
        assert_eq!(
            with_file(&format!("{upstream}\n{key}=0")).error(),
            format!("FILE:2: {key}=\"0\" is not valid: expected a whole number from 1 to {max}")
        );
    }
}

#[test]
fn an_invalid_value_of_a_variable_names_the_variable() {
    let start = Start {
        file: "enable_envvars_config=true\ntoken_expiration_min=60",
        arguments: &[],
        variables: &[("TS_TOKEN_EXPIRATION_MIN", "soon\n")],
    };
    assert_eq!(
        start.error(),
        "environment variable TS_TOKEN_EXPIRATION_MIN: token_expiration_min=\"soon\\n\" is not \
         valid: expected a number of minutes above 0 and at most 52560000, for example 60 or 0.25"
    );
}

#[test]
fn a_long_invalid_value_is_cut() {
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
fn a_file_that_was_named_must_exist() {
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
fn a_java_keystore_is_refused_with_the_commands_that_convert_it() {
    for (line, key) in [
        ("keystore=a.p12", "keystore"),
        ("keystore_pass=changeit", "keystore_pass"),
        ("keystore_type=PKCS12", "keystore_type"),
    ] {
        assert_eq!(
            with_file(line).error(),
            format!(
                "FILE:1: {key}: a Java keystore cannot be read; convert it (keytool -importkeystore \
                 -srckeystore KEYSTORE -destkeystore keystore.p12 -deststoretype PKCS12, openssl \
                 pkcs12 -in keystore.p12 -nokeys -out certificate.pem, openssl pkcs12 -in \
                 keystore.p12 -nocerts -nodes -out key.pem), set certificate_file=certificate.pem \
                 and private_key_file=key.pem, and remove {key}"
            )
        );
    }
    let start = Start {
        file: "enable_envvars_config=true",
        arguments: &[],
        variables: &[("TS_KEYSTORE", "a.p12")],
    };
    let error = start.error();
    assert!(
        error.starts_with("environment variable TS_KEYSTORE: keystore: a Java"),
        "{error}"
    );
}

#[test]
fn https_without_certificate_or_key_is_refused() {
    let rest = "certificate_file with the certificate and private_key_file with its key, both PEM";
    for (lines, address, missing) in [
        (
            "inference_address=https://127.0.0.1:8443",
            "inference_address",
            "certificate_file",
        ),
        (
            "metrics_address=https://127.0.0.1\nprivate_key_file=k",
            "metrics_address",
            "certificate_file",
        ),
        (
            "management_address=https://127.0.0.1\ncertificate_file=c",
            "management_address",
            "private_key_file",
        ),
    ] {
        assert_eq!(
            with_file(lines).error(),
            format!("{address} is https://, which needs {missing}=PATH: {rest}")
        );
    }
}

#[test]
fn tls_files_without_an_https_address_are_refused() {
    for key in ["certificate_file", "private_key_file", "client_ca_file"] {
        assert_eq!(
            with_file(&format!("{key}=a.pem")).error(),
            format!(
                "FILE:1: {key} is set, but no address is https://: write https:// in \
                 inference_address, management_address or metrics_address, or remove {key}"
            )
        );
    }
}

#[test]
fn one_address_with_two_schemes_is_refused() {
    let start = with_file(
        "inference_address=http://127.0.0.1:1\nmanagement_address=http://127.0.0.1:2\n\
         metrics_address=https://127.0.0.1:2\ncertificate_file=c\nprivate_key_file=k",
    );
    assert_eq!(
        start.error(),
        "management_address and metrics_address are one address with different schemes: write \
         http:// in both, or https:// in both"
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

#[cfg(unix)]
#[test]
fn a_default_file_that_is_a_dangling_link_aborts_startup() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("config.properties");
    std::os::unix::fs::symlink("/nowhere", &link).unwrap();
    let error = Config::resolve_with(&CommandLine::default(), &|_| None, &link).unwrap_err();
    assert!(matches!(error, ConfigError::Read { .. }), "{error:?}");
}

#[test]
fn a_folder_is_not_a_configuration_file() {
    let folder = tempfile::tempdir().unwrap();
    let command_line = CommandLine::with_file(folder.path().to_owned());
    let error = Config::resolve(&command_line, |_| None).unwrap_err();
    assert!(matches!(error, ConfigError::Read { .. }), "{error:?}");
}

#[cfg(unix)]
#[test]
fn a_path_that_is_not_utf_8_is_refused() {
    use std::os::unix::ffi::OsStringExt;

    let raw = OsString::from_vec(vec![0xff]);
    let arguments = ["host-demo".into(), "--plugins-path".into(), raw];
    let cli = Cli::try_parse_from(arguments).unwrap();
    let error = Config::resolve(&cli.settings, |_| None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "command line --plugins-path: plugins_path: the value is not UTF-8"
    );
}

/// It stands where a URL may have one, and would be in the log.
#[test]
fn a_password_in_a_url_is_not_shown() {
    for (value, shown) in [
        ("http://user:one,@two@127.0.0.1:9", "http://...@127.0.0.1:9"),
        ("http://127.0.0.1:8,http://user:two@a:9", "http://...@a:9"),
        ("user:two@127.0.0.1:9", "...@127.0.0.1:9"),
    ] {
        let error = with_file(&format!("upstream_inference={value}")).error();
        let expected = format!("FILE:1: upstream_inference=\"{shown}\" is not valid: expected ");
        assert!(error.starts_with(&expected), "{error}");
        assert!(!error.contains("two@"), "{error}");
    }
}
