use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    io::Write,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Parser;
use tempfile::NamedTempFile;

use super::{
    CommandLine, ConcurrencyLimits, Config, ConfigWarning, LoadModels, PluginTrust,
    PublicKeySource, RequiredBy, TokenAuthStatus, TokenAuthorization,
};
use crate::cli::Cli;

mod precedence;
mod refusals;

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
        Config::resolve_with(&cli.settings, &environment, file.path()).map_err(|error| {
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
    let command_line = CommandLine::default();
    let file = Path::new("/nowhere/config.properties");
    let (config, warnings) = Config::resolve_with(&command_line, &|_| None, file).unwrap();
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
    assert_eq!(config.tls, None);
    assert_eq!((config.plugins_path, config.model_store), (None, None));
    assert_eq!(config.plugin_trust, PluginTrust::default());
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
fn without_a_limit_of_forwarded_bodies_other_bodies_keep_the_default() {
    let unlimited = "max_request_size=0\nupstream_inference=http://localhost:1\n";
    let config = with_file(unlimited).config();
    assert_eq!(config.max_request_size_bytes, 6_553_500);
    let upstream = config.upstream.expect("an upstream");
    assert_eq!(upstream.request_bytes_max, None);
    assert_eq!(upstream.concurrency, ConcurrencyLimits::default());
}

#[test]
fn the_limits_of_clients_reach_their_fields() {
    let config = with_file(
        "max_request_size=9\nmax_header_size=2048\nconnections_per_address_max=3\n\
         max_concurrent_requests=4\nmax_concurrent_requests_per_key=5\n\
         upstream_inference=http://localhost:1\n",
    )
    .config();
    assert_eq!(config.clients.header_bytes_max, 2048);
    let limit = |limit: Option<NonZeroUsize>| limit.map(NonZeroUsize::get);
    assert_eq!(limit(config.clients.connections_per_address_max), Some(3));
    let upstream = config.upstream.expect("an upstream");
    assert_eq!(limit(upstream.request_bytes_max), Some(9));
    assert_eq!(limit(upstream.concurrency.requests_max), Some(4));
    assert_eq!(limit(upstream.concurrency.requests_per_key_max), Some(5));
}

#[test]
fn every_key_of_the_file_reaches_its_field() {
    let config = with_file(
        "inference_address=http://127.0.0.1:0\nmanagement_address=http://[::1]:1\n\
         metrics_address=http://localhost:2\nplugins_path=plugins\nmodel_store=store\n\
         load_models=a=a.onnx\nmax_request_size=1\njob_queue_size=7\n\
         default_workers_per_model=2\nnumber_of_netty_threads=3\nshutdown_timeout_sec=0\n\
         access_log=TRUE\nrequire_token_authorization=true\ntoken_expiration_min=0.25\n\
         token_auth_status=standard\ntoken_exempt_paths=/ping\n\
         plugins_allow=allow\nplugins_public_key=key.pub\nplugins_cache_path=cache\n\
         plugins_insecure_permissions=true\n",
    )
    .config();
    assert_eq!(config.listeners.inference.to_string(), "http://127.0.0.1:0");
    assert_eq!(config.listeners.management.to_string(), "http://[::1]:1");
    assert_eq!(config.listeners.metrics.to_string(), "http://127.0.0.1:2");
    assert_eq!(config.plugins_path, Some(PathBuf::from("plugins")));
    let trust = &config.plugin_trust;
    assert_eq!(trust.allow_list, Some(PathBuf::from("allow")));
    assert_eq!(
        trust.public_key,
        Some(PublicKeySource::File(PathBuf::from("key.pub")))
    );
    assert_eq!(trust.cache_path, Some(PathBuf::from("cache")));
    assert!(trust.insecure_permissions);
    assert_eq!(config.model_store, Some(PathBuf::from("store")));
    assert_eq!(Ok(config.load_models), "a=a.onnx".parse());
    assert_eq!(config.max_request_size_bytes, 1);
    assert_eq!(config.job_queue_size.get(), 7);
    assert_eq!(config.default_workers_per_model.map(usize::from), Some(2));
    assert_eq!(config.worker_threads.map(usize::from), Some(3));
    assert_eq!(config.shutdown_timeout, Duration::ZERO);
    assert!(config.access_log);
    assert_eq!(
        config.token.authorization,
        TokenAuthorization::Require(RequiredBy::Setting)
    );
    assert_eq!(
        config.token.expiration.minutes().to_bits(),
        0.25_f64.to_bits()
    );
    assert_eq!(config.token.status, TokenAuthStatus::Standard);
    assert!(config.token.exempt_paths.contains("/ping"));
}

#[test]
fn tls_is_read_with_its_files_and_default_ports() {
    let config = with_file(
        "inference_address=https://0.0.0.0\nmanagement_address=https://0.0.0.0\n\
         metrics_address=https://0.0.0.0\ncertificate_file=cert.pem\nprivate_key_file=key.pem\n\
         client_ca_file=ca.pem\ntls_handshake_timeout_sec=3",
    );
    assert_eq!(config.warnings(), [] as [&str; 0]);
    let Config { listeners, tls, .. } = config.config();
    assert_eq!(listeners.inference.to_string(), "https://0.0.0.0:443");
    assert_eq!(listeners.management.to_string(), "https://0.0.0.0:8444");
    assert_eq!(listeners.metrics.to_string(), "https://0.0.0.0:8445");
    let tls = tls.unwrap();
    assert_eq!(tls.certificate_file, PathBuf::from("cert.pem"));
    assert_eq!(tls.private_key_file, PathBuf::from("key.pem"));
    assert_eq!(tls.client_ca_file, Some(PathBuf::from("ca.pem")));
    assert_eq!(tls.handshake_timeout, Duration::from_secs(3));
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
fn settings_without_effect_and_public_addresses_cause_warnings() {
    let start = with_file("batch_delay=5\ninference_address=http://0.0.0.0:8080\nbatch_size=4");
    assert_eq!(
        start.warnings(),
        [
            "FILE:1: \"batch_delay\" is a setting of TorchServe that has no effect here",
            "FILE:3: \"batch_size\" is a setting of TorchServe that has no effect here",
            "inference_address http://0.0.0.0:8080 can be reached from other machines, and keys \
             travel unencrypted: write https:// and set certificate_file and private_key_file, or \
             put a TLS-terminating proxy in front of it",
        ]
    );
    assert_eq!(start.config().unknown_keys(&BTreeSet::new()), []);
}

#[test]
fn unknown_keys_are_named_with_the_nearest_known_one() {
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
fn the_longest_key_is_looked_up_within_the_time_limit() {
    let config = with_file(&format!("{}=1", "x".repeat(1_000_000))).config();
    let unknown = config.unknown_keys(&BTreeSet::new());
    assert_eq!(unknown.first().unwrap().nearest, None);
}
