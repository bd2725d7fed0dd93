//! The table of settings: each is declared once, here.
//!
//! The configuration file, the command line, the environment, `--help` and `docs/configuration.md`
//! are derived from it. A new setting is a row here and its use in [`super::Config`]; a test writes
//! the documentation (`HOST_DEMO_WRITE_SETTINGS=1 cargo test -p host-demo the_documentation_shows`).

use std::{net::IpAddr, num::NonZeroUsize, path::PathBuf, time::Duration};

use http::{HeaderName, HeaderValue};

use super::{
    address::ListenAddress,
    cors,
    declaration::{Argument, Declaration, Defaulted, Flag, Group, Optional, settings},
    models::LoadModels,
    parse::{
        address, boolean, bytes, from_str, ip_address, limit, path, port, positive, seconds,
        some_seconds, threads, token_header,
    },
    plugin_trust::PublicKeySource,
    token::{ExemptPaths, TokenAuthStatus, TokenExpiration},
};
use crate::http::trusted_proxies::TrustedProxies;

/// TorchServe reads the number as a Java int.
const REQUEST_BYTES_MAX: usize = 2_147_483_647;
const QUEUE_MAX: usize = 1_000_000;
const OPERATORS_MAX: usize = 1_000_000;
const MODEL_BYTES_MIN: usize = 1024 * 1024;
const TEBIBYTE: usize = 1024 * 1024 * 1024 * 1024;
const THREADS_MAX: usize = 1024;
const SECONDS_MAX: u64 = 86_400;
const HANDSHAKE_SECONDS_MAX: u64 = 300;
const HOUR_SECONDS: u64 = 3600;
const HEADER_BYTES_MIN: usize = 1024;
const HEADER_BYTES_MAX: usize = 1_048_576;

use self::{
    connections::CONNECTION_DECLARATIONS, logs::LOG_DECLARATIONS, upstream::UPSTREAM_DECLARATIONS,
};
pub(super) use self::{
    connections::CONNECTION_SETTINGS, logs::LOG_SETTINGS, upstream::UPSTREAM_SETTINGS,
};

settings! {
    SETTINGS: HostSettings, SERVER_DECLARATIONS;
    host {
        plugins_path: Optional<PathBuf> {
            parse: path,
            default: "none",
            help: "Folder of the plugins; every shared library in it is loaded",
            changes: AtRestart,
            flag: Flag::new(Group::Plugins, "plugins-path", Argument::One("DIR")),
        }
        plugins_allow: Optional<PathBuf> {
            parse: path,
            default: "none",
            help: "File in the format of `sha256sum`; a plugin that it does not list is refused",
            changes: AtRestart,
            flag: Flag::new(Group::Plugins, "plugins-allow", Argument::One("FILE")),
        }
        plugins_public_key: Optional<PublicKeySource> {
            parse: from_str,
            default: "none",
            help: "Minisign public key or its file; a plugin without a valid `LIBRARY.minisig` is refused",
            changes: AtRestart,
            flag: Flag::new(Group::Plugins, "plugins-public-key", Argument::One("FILE|BASE64")),
        }
        plugins_cache_path: Optional<PathBuf> {
            parse: path,
            default: "`$RUNTIME_DIRECTORY`, else the temporary folder",
            help: "Folder for the private copies of the plugins, which are what is loaded",
            changes: AtRestart,
            flag: Flag::new(Group::Plugins, "plugins-cache-path", Argument::One("DIR")),
        }
        plugins_insecure_permissions: Defaulted<bool> {
            parse: boolean,
            default: "false",
            help: "Only warn if users other than root and the server's own could replace a plugin",
            changes: AtRestart,
            flag: Flag::switch(Group::Plugins, "plugins-insecure-permissions"),
        }
        plugins_probe: Defaulted<bool> {
            parse: boolean,
            default: "true",
            help: "Try each new plugin in a process of its own first, so that a damaged file ends no server",
            changes: AtRestart,
            flag: Flag::new(Group::Plugins, "plugins-probe", Argument::One("BOOLEAN")),
        }
        plugin_open_timeout_sec: Defaulted<Duration> {
            parse: some_seconds::<HOUR_SECONDS>,
            default: "10",
            help: "Seconds that a plugin may take to open, from 1 to 3600: in the separate process, and again in the server. A reload waits as long for calls of `/token` that have not returned, and fails then",
            changes: AtRestart,
        }
        disable_token_authorization: Defaulted<bool> {
            parse: boolean,
            default: "false",
            help: "Start without token authorization, even if there is a token plugin",
            changes: AtRestart,
            flag: Flag::switch(Group::Plugins, "disable-token-auth"),
        }
        require_token_authorization: Defaulted<bool> {
            parse: boolean,
            default: "false",
            help: "Refuse to start without a token plugin",
            changes: AtRestart,
            flag: Flag::switch(Group::Plugins, "require-token-auth"),
        }
        allow_open_reload: Defaulted<bool> {
            parse: boolean,
            default: "false",
            help: "Let a reload without the token plugin's file open the server; never if one is required",
            changes: WhileServing,
            flag: Flag::switch(Group::Plugins, "allow-open-reload"),
        }
        watch_plugins: Defaulted<bool> {
            parse: boolean,
            default: "false",
            help: "Reload the plugins when their folder changes",
            changes: AtRestart,
            flag: Flag::switch(Group::Plugins, "watch-plugins"),
        }
        token_expiration_min: Defaulted<TokenExpiration> {
            parse: from_str,
            default: "60",
            help: "Minutes after which a management key or an inference key expires, above 0 and at most 52560000 (100 years); fractions are allowed",
            changes: WhileServing,
            environment_alias: Some("TS_TOKEN_EXPIRATION_TIME_MIN"),
        }
        token_auth_status: Defaulted<TokenAuthStatus> {
            parse: from_str,
            default: "torchserve",
            help: "Status of a denied request: 400 (`torchserve`), or 401 and 403 (`standard`)",
            changes: WhileServing,
        }
        token_exempt_paths: Optional<ExemptPaths> {
            parse: from_str,
            default: "none",
            help: "Exact paths of the inference API that need no key, separated by commas, for example `/ping`",
            changes: WhileServing,
        }
        token_header: Optional<HeaderName> {
            parse: token_header,
            default: "none",
            help: "Header besides `Authorization` in which clients may send their key: `x-api-key`, as clients of Anthropic's API do, or `api-key`",
            changes: WhileServing,
        }
        model_store: Optional<PathBuf> {
            parse: path,
            default: "none",
            help: "Folder of the model files",
            changes: AtRestart,
            flag: Flag::new(Group::Models, "model-store", Argument::One("DIR")),
        }
        load_models: Optional<LoadModels> {
            parse: from_str,
            default: "none",
            help: "Models to load at start, each FILE or NAME=FILE, separated by commas; or `all`",
            changes: AtRestart,
            flag: Flag::new(Group::Models, "models", Argument::List("NAME=FILE")),
        }
        models_probe: Defaulted<bool> {
            parse: boolean,
            default: "true",
            help: "Load each model in a process of its own first, and here only if that process survives it",
            changes: AtRestart,
        }
        model_operators_max: Defaulted<NonZeroUsize> {
            parse: positive::<OPERATORS_MAX>,
            default: "20000",
            help: "Operators of a model, at most 1000000; one with more is refused",
            changes: AtRestart,
        }
        model_bytes_max: Defaulted<usize> {
            parse: bytes::<MODEL_BYTES_MIN, TEBIBYTE>,
            default: "1073741824",
            help: "Bytes of a tensor that a model file declares, of its weights together, of the memory that loading it takes besides the file, and of a value that a request makes it compute, from 1048576 to 1099511627776; what takes more is refused",
            changes: AtRestart,
        }
        model_load_timeout_sec: Defaulted<Duration> {
            parse: some_seconds::<HOUR_SECONDS>,
            default: "60",
            help: "Seconds that the process may take in which a model is tried, from 1 to 3600; a model that takes longer is refused",
            changes: AtRestart,
        }
        default_workers_per_model: Defaulted<Option<NonZeroUsize>> {
            parse: threads::<THREADS_MAX>,
            default: "0",
            help: "Threads for each model, at most 1024; `0` is one for each processor for a model that is loaded at start, and none for one that is registered later",
            changes: AtRestart,
        }
        job_queue_size: Defaulted<NonZeroUsize> {
            parse: positive::<QUEUE_MAX>,
            default: "100",
            help: "Requests that can wait for one model, at most 1000000; more are rejected with 503",
            changes: AtRestart,
        }
        default_response_timeout: Defaulted<Duration> {
            parse: some_seconds::<SECONDS_MAX>,
            default: "120",
            help: "Seconds that a client waits for its prediction, from 1 to 86400; one that takes longer gets 500",
            changes: WhileServing,
        }
        inference_address: Defaulted<ListenAddress> {
            parse: address::<80, 443>,
            default: "http://127.0.0.1:8080",
            help: "Address of the inference API: predictions, `/ping` and INFERENCE plugins",
            changes: AtRestart,
        }
        management_address: Defaulted<ListenAddress> {
            parse: address::<8081, 8444>,
            default: "http://127.0.0.1:8081",
            help: "Address of the management API: models, `/token` and MANAGEMENT plugins",
            changes: AtRestart,
        }
        metrics_address: Defaulted<ListenAddress> {
            parse: address::<8082, 8445>,
            default: "http://127.0.0.1:8082",
            help: "Address of the metrics API, which needs no key: `/metrics`, `/ready`, `/ping` and METRIC plugins",
            changes: AtRestart,
        }
        grpc_inference_address: Defaulted<IpAddr> {
            parse: ip_address,
            default: "127.0.0.1",
            help: "IP address of the listener for gRPC clients of the inference API, which is there if `upstream_grpc_inference` is set",
            changes: AtRestart,
        }
        grpc_inference_port: Optional<u16> {
            parse: port,
            default: "7070",
            help: "Port of that listener",
            changes: AtRestart,
        }
        grpc_management_address: Defaulted<IpAddr> {
            parse: ip_address,
            default: "127.0.0.1",
            help: "IP address of the listener for gRPC clients of the management API, which is there if `upstream_grpc_management` is set",
            changes: AtRestart,
        }
        grpc_management_port: Optional<u16> {
            parse: port,
            default: "7071",
            help: "Port of that listener",
            changes: AtRestart,
        }
        enable_grpc_ssl: Defaulted<bool> {
            parse: boolean,
            default: "false",
            help: "Encrypt the connections of gRPC listeners, with `certificate_file` and `private_key_file`",
            changes: AtRestart,
        }
        trusted_proxies: Optional<TrustedProxies> {
            parse: from_str,
            default: "none",
            help: "Addresses and networks of proxies in front of the server, separated by commas, for example `127.0.0.1,10.0.0.0/8`: the client's address is taken from their `X-Forwarded-For` or `Forwarded`",
            changes: WhileServing,
        }
        certificate_file: Optional<PathBuf> {
            parse: path,
            default: "none",
            help: "Certificate of the `https://` addresses with its chain, PEM; read again at each reload",
            changes: WhileServing,
        }
        private_key_file: Optional<PathBuf> {
            parse: path,
            default: "none",
            help: "Private key of the certificate, PEM (PKCS#8, PKCS#1 or SEC1, not encrypted); read again at each reload",
            changes: WhileServing,
        }
        client_ca_file: Optional<PathBuf> {
            parse: path,
            default: "none",
            help: "Authorities of client certificates, PEM; where it is set, every `https://` connection needs a certificate of one of them; read again at each reload",
            changes: WhileServing,
        }
        tls_handshake_timeout_sec: Defaulted<Duration> {
            parse: some_seconds::<HANDSHAKE_SECONDS_MAX>,
            default: "10",
            help: "Seconds that a TLS handshake may take, from 1 to 300",
            changes: WhileServing,
        }
        proxy_protocol: Defaulted<bool> {
            parse: boolean,
            default: "false",
            help: "Connections of `trusted_proxies` begin with a header of the PROXY protocol, version 1 or 2, which names the client; one without it within `header_timeout_sec` is closed",
            changes: AtRestart,
        }
        number_of_netty_threads: Optional<Option<NonZeroUsize>> {
            parse: threads::<THREADS_MAX>,
            default: "one for each processor",
            help: "Threads that serve connections, from 1 to 1024; `0` in the file is the default as well",
            changes: AtRestart,
            flag: Flag::new(Group::Server, "worker-threads", Argument::Count("N", 1, 1024)),
        }
        max_request_size: Defaulted<Option<NonZeroUsize>> {
            parse: limit::<REQUEST_BYTES_MAX>,
            default: "6553500",
            help: "Largest body of a request in bytes, at most 2147483647; with `0` a forwarded body has no limit, and any other still that of the default",
            changes: WhileServing,
        }
        buffered_bytes_max: Optional<usize> {
            parse: bytes::<1, TEBIBYTE>,
            default: "a quarter of the memory",
            help: "Bytes of bodies in memory at once, at least `max_request_size`, at most 1099511627776; a request that would need more gets 503. Those with the inference key may take three quarters of it, those without a key one quarter, and each of these parts has room for one body of `max_request_size`. The memory is that of the machine, the limit of the control group or `ulimit -v`, whichever is less",
            changes: AtRestart,
        }
        body_idle_timeout_sec: Defaulted<Duration> {
            parse: some_seconds::<SECONDS_MAX>,
            default: "60",
            help: "Seconds to wait for each piece of a request's body, from 1 to 86400",
            changes: WhileServing,
        }
        body_timeout_sec: Defaulted<Duration> {
            parse: some_seconds::<SECONDS_MAX>,
            default: "300",
            help: "Seconds in which a body that is not forwarded has to arrive, from 1 to 86400; a later one gets 408",
            changes: WhileServing,
        }
        max_header_size: Defaulted<usize> {
            parse: bytes::<HEADER_BYTES_MIN, HEADER_BYTES_MAX>,
            default: "65536",
            help: "Largest head of a request in bytes, from 1024 to 1048576; a larger one gets 431",
            changes: WhileServing,
        }
        shutdown_timeout_sec: Defaulted<Duration> {
            parse: seconds::<SECONDS_MAX>,
            default: "30",
            help: "Seconds that running requests may take after SIGTERM, at most 86400",
            changes: AtRestart,
        }
        enable_envvars_config: Defaulted<bool> {
            parse: boolean,
            default: "false",
            help: "Let environment variables override the file and the command line; only the file can set this",
            changes: WhileServing,
        }
        cors_allowed_origin: Optional<HeaderValue> {
            parse: cors::origin,
            default: "none",
            help: "Origin whose web pages may read responses, or `*`: `Access-Control-Allow-Origin` of every response; preflight requests then need no key",
            changes: WhileServing,
        }
        cors_allowed_methods: Optional<HeaderValue> {
            parse: cors::methods,
            default: "none",
            help: "`Access-Control-Allow-Methods` of every response, for example `GET,POST`",
            changes: WhileServing,
        }
        cors_allowed_headers: Optional<HeaderValue> {
            parse: cors::headers,
            default: "none",
            help: "`Access-Control-Allow-Headers` of every response, for example `authorization,content-type`",
            changes: WhileServing,
        }
    }
    token_plugin {
        token_key_file {
            default: "key_file.json",
            help: "File into which the token plugin writes the keys",
            changes: AtRestart,
        }
        token_key_bytes {
            default: "32",
            help: "Random bytes in a key that the token plugin makes, from 6 to 64; less than 16 logs a warning",
            changes: AtRestart,
        }
        token_api_returns_key {
            default: "false",
            help: "Include the new key in the response of `/token`",
            changes: WhileServing,
        }
        token_rotate_before_expiry_min {
            default: "0",
            help: "Minutes before its end at which the token plugin replaces the management or inference key by itself, at most half of `token_expiration_min`, fractions allowed; clients then read the key file again; `0` is never",
            changes: WhileServing,
        }
    }
}

/// Every setting: those of upstreams last.
pub(crate) fn declarations() -> impl Iterator<Item = &'static Declaration> {
    let server = SERVER_DECLARATIONS.iter().chain(CONNECTION_DECLARATIONS);
    server.chain(LOG_DECLARATIONS).chain(UPSTREAM_DECLARATIONS)
}

mod connections;
mod logs;
mod upstream;

#[cfg(test)]
mod tests;
