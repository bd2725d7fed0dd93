use std::path::Path;

use clap::{CommandFactory, Parser, error::ErrorKind};

use super::Cli;
use crate::telemetry::{LogFormat, LogLevel};

fn parse(arguments: &[&str]) -> Result<Cli, clap::Error> {
    Cli::try_parse_from([&["host-demo"], arguments].concat())
}

#[test]
fn the_definition_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn without_arguments_nothing_is_set() {
    let cli = parse(&[]).unwrap();
    assert_eq!(
        (cli.plugins_path, cli.model_store, cli.ts_config),
        (None, None, None)
    );
    assert_eq!(
        (
            cli.plugins_allow,
            cli.plugins_public_key,
            cli.plugins_cache_path
        ),
        (None, None, None)
    );
    assert!(!cli.plugins_insecure_permissions);
    assert!(cli.models.is_empty());
    assert_eq!(cli.worker_threads, None);
    assert!(!(cli.disable_token_auth || cli.require_token_auth || cli.check || cli.access_log));
    assert_eq!(
        (cli.log_format, cli.log_level),
        (LogFormat::Text, LogLevel::Info)
    );
}

#[test]
fn every_option_is_read_as_typed() {
    let cli = parse(&[
        "--plugins-path",
        "plugins",
        "--plugins-allow",
        "allow",
        "--plugins-public-key=key.pub",
        "--plugins-cache-path",
        "cache",
        "--plugins-insecure-permissions",
        "--ts-config",
        "a.properties",
        "--model-store=models",
        "--models",
        "digits=digits.onnx,b.onnx",
        "c=c.onnx",
        "--disable-token-auth",
        "--require-token-auth",
        "--check",
        "--log-format",
        "json",
        "--log-level",
        "debug",
        "--access-log",
        "--worker-threads",
        "4",
    ])
    .unwrap();
    assert_eq!(cli.plugins_path.as_deref(), Some(Path::new("plugins")));
    assert_eq!(cli.plugins_allow.as_deref(), Some(Path::new("allow")));
    assert_eq!(cli.plugins_public_key, Some("key.pub".into()));
    assert_eq!(cli.plugins_cache_path.as_deref(), Some(Path::new("cache")));
    assert!(cli.plugins_insecure_permissions);
    assert_eq!(cli.ts_config.as_deref(), Some(Path::new("a.properties")));
    assert_eq!(cli.model_store.as_deref(), Some(Path::new("models")));
    assert_eq!(cli.models, ["digits=digits.onnx,b.onnx", "c=c.onnx"]);
    assert_eq!(cli.worker_threads, Some(4));
    assert!(cli.disable_token_auth && cli.require_token_auth && cli.check && cli.access_log);
    assert_eq!(
        (cli.log_format, cli.log_level),
        (LogFormat::Json, LogLevel::Debug)
    );
}

#[test]
fn a_subcommand_stands_alone_and_never_among_the_options() {
    let cli = parse(&["--models", "a.onnx", "plugin"]).unwrap();
    assert_eq!(cli.models, ["a.onnx", "plugin"]);
    assert!(cli.command.is_none());

    let mixed = parse(&["--check", "plugin", "inspect", "x.so"]).unwrap_err();
    assert_eq!(mixed.kind(), ErrorKind::ArgumentConflict, "{mixed}");
    assert!(parse(&["help"]).is_err());
}

#[test]
fn what_is_no_option_is_refused() {
    for (arguments, kind) in [
        (&["--plugin-path", "x"][..], ErrorKind::UnknownArgument),
        (&["serve"], ErrorKind::InvalidSubcommand),
        (&["--models"], ErrorKind::InvalidValue),
        (&["--worker-threads", "0"], ErrorKind::ValueValidation),
        (&["--worker-threads", "many"], ErrorKind::ValueValidation),
        (&["--log-format", "xml"], ErrorKind::InvalidValue),
    ] {
        assert_eq!(parse(arguments).unwrap_err().kind(), kind, "{arguments:?}");
    }
}

#[test]
fn help_names_every_option_in_its_group_and_ends_with_examples() {
    let help = Cli::command().render_long_help().to_string();
    let positions: Vec<usize> = [
        "Plugins and token authorization:",
        "--plugins-path <DIR>",
        "--plugins-allow <FILE>",
        "--plugins-public-key <FILE|BASE64>",
        "--plugins-cache-path <DIR>",
        "--plugins-insecure-permissions",
        "--disable-token-auth",
        "--require-token-auth",
        "Models:",
        "--model-store <DIR>",
        "--models <NAME=FILE>...",
        "Server:",
        "--ts-config <FILE>",
        "--worker-threads <N>",
        "--check",
        "Logging:",
        "--log-format <FORMAT>",
        "--log-level <LEVEL>",
        "--access-log",
        "Examples:",
        "Environment:",
    ]
    .iter()
    .map(|part| {
        help.find(part)
            .unwrap_or_else(|| panic!("{part} is missing in {help}"))
    })
    .collect();
    assert!(positions.is_sorted(), "{help}");
}
