use std::{collections::BTreeMap, ffi::OsString, path::Path};

use clap::{CommandFactory, Parser, error::ErrorKind};

use super::Cli;
use crate::{
    config::{Argument, declarations},
    telemetry::LogFormat,
};

fn parse(arguments: &[&str]) -> Result<Cli, clap::Error> {
    Cli::try_parse_from([&["host-demo"], arguments].concat())
}

/// The settings that were typed, by key.
fn settings(cli: &Cli) -> BTreeMap<&'static str, String> {
    let text = |value: &OsString| value.clone().into_string().unwrap();
    let values = cli.settings.values().iter();
    values
        .map(|given| (given.key, text(&given.value)))
        .collect()
}

#[test]
fn the_definition_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn without_arguments_nothing_is_set() {
    let cli = parse(&[]).unwrap();
    assert_eq!(settings(&cli), BTreeMap::new());
    assert_eq!(cli.settings.file, None);
    assert!(!cli.check);
    assert_eq!(cli.log_format, LogFormat::Text);
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
    let expected = [
        ("plugins_path", "plugins"),
        ("plugins_allow", "allow"),
        ("plugins_public_key", "key.pub"),
        ("plugins_cache_path", "cache"),
        ("plugins_insecure_permissions", "true"),
        ("disable_token_authorization", "true"),
        ("require_token_authorization", "true"),
        ("model_store", "models"),
        ("load_models", "digits=digits.onnx,b.onnx,c=c.onnx"),
        ("number_of_netty_threads", "4"),
        ("log_level", "debug"),
        ("access_log", "true"),
    ];
    let expected = expected.map(|(key, value)| (key, value.to_owned()));
    assert_eq!(settings(&cli), BTreeMap::from(expected));
    assert_eq!(
        cli.settings.file.as_deref(),
        Some(Path::new("a.properties"))
    );
    assert!(cli.check);
    assert_eq!(cli.log_format, LogFormat::Json);
}

#[test]
fn every_flag_sets_the_setting_that_declares_it() {
    let mut flags = 0;
    for declaration in declarations() {
        let Some(flag) = &declaration.flag else {
            continue;
        };
        let option = format!("--{}", flag.name);
        let (arguments, value) = match flag.argument {
            Argument::None => (vec![option.as_str()], "true"),
            Argument::One(_) => (vec![option.as_str(), "a b"], "a b"),
            Argument::List(_) => (vec![option.as_str(), "a,b", "c"], "a,b,c"),
            Argument::Count(..) => (vec![option.as_str(), "1"], "1"),
        };
        let cli = parse(&arguments).unwrap();
        let expected = BTreeMap::from([(declaration.key, value.to_owned())]);
        assert_eq!(settings(&cli), expected);
        flags += 1;
    }
    assert!(flags > 10, "{flags}");
}

#[test]
fn a_subcommand_takes_no_server_options() {
    let cli = parse(&["--models", "a.onnx", "plugin"]).unwrap();
    assert_eq!(
        settings(&cli),
        BTreeMap::from([("load_models", "a.onnx,plugin".to_owned())])
    );
    assert!(cli.command.is_none());

    let mixed = parse(&["--check", "plugin", "inspect", "x.so"]).unwrap_err();
    assert_eq!(mixed.kind(), ErrorKind::ArgumentConflict, "{mixed}");
    assert!(parse(&["help"]).is_err());
}

#[test]
fn an_unknown_option_is_refused() {
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
        "--allow-open-reload",
        "--watch-plugins",
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
