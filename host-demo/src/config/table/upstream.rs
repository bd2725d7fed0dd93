//! The settings of upstreams.

use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

use crate::{
    config::{
        declaration::{Argument, Declaration, Defaulted, Flag, Group, Optional, settings},
        parse::{boolean, from_str, limit, named, path, positive, seconds, some_seconds},
        upstream::{HealthPaths, ProfileName, UpstreamAuthorization, UpstreamHost},
        upstream_address::UpstreamAddresses,
        upstream_health::HealthCheckPath,
    },
    profile::{AllowRules, PathPrefix},
};

/// A day.
const SECONDS_MAX: u64 = 86_400;
/// A week.
const STREAM_SECONDS_MAX: u64 = 604_800;
const CONNECTIONS_MAX: usize = 65_536;
const CONCURRENT_REQUESTS_MAX: usize = 1_000_000;
const FAILURES_MAX: usize = 1000;

settings! {
    UPSTREAM_SETTINGS: UpstreamSettings, UPSTREAM_DECLARATIONS;
    host {
        upstream: Optional<UpstreamAddresses> {
            parse: from_str,
            default: "none",
            help: "Model server that gets the requests, by the class of their paths; several are replicas",
            changes: WhileServing,
            flag: Flag::new(Group::Upstream, "upstream", Argument::List("URL")),
        }
        upstream_profile: Optional<ProfileName> {
            parse: named,
            default: "none",
            help: "What each path of that server does, and so its key; see host-demo profile list",
            changes: WhileServing,
            flag: Flag::new(Group::Upstream, "upstream-profile", Argument::One("NAME")),
        }
        upstream_profile_file: Optional<PathBuf> {
            parse: path,
            default: "none",
            help: "A profile of your own instead, in the form of host-demo profile show vllm",
            changes: WhileServing,
            flag: Flag::new(Group::Upstream, "upstream-profile-file", Argument::One("FILE")),
        }
        upstream_allow: Optional<AllowRules> {
            parse: named,
            default: "none",
            help: "Calls for the management key that the profile blocks or does not know",
            changes: WhileServing,
            flag: Flag::new(Group::Upstream, "upstream-allow", Argument::List("METHOD PATH")),
        }
        upstream_path_prefix: Optional<PathPrefix> {
            parse: named,
            default: "none",
            help: "What the upstream expects before each path of the profile, such as `/llm`",
            changes: WhileServing,
        }
        upstream_health_paths: Defaulted<HealthPaths> {
            parse: from_str,
            default: "open",
            help: "Whether health paths of the profile need no key (`open`) or the inference key (`guarded`)",
            changes: WhileServing,
        }
        upstream_inference: Optional<UpstreamAddresses> {
            parse: from_str,
            default: "none",
            help: "Model server that gets the requests of the inference API; several are replicas",
            changes: WhileServing,
            flag: Flag::new(Group::Upstream, "upstream-inference", Argument::List("URL")),
        }
        upstream_management: Optional<UpstreamAddresses> {
            parse: from_str,
            default: "none",
            help: "Model server that gets the requests of the management API",
            changes: WhileServing,
            flag: Flag::new(Group::Upstream, "upstream-management", Argument::List("URL")),
        }
        upstream_metrics: Optional<UpstreamAddresses> {
            parse: from_str,
            default: "none",
            help: "Server whose metrics the metrics listener shows; the host's own are at /host/metrics",
            changes: WhileServing,
            flag: Flag::new(Group::Upstream, "upstream-metrics", Argument::List("URL")),
        }
        upstream_grpc_inference: Optional<UpstreamAddresses> {
            parse: from_str,
            default: "none",
            help: "Model server that gets the gRPC calls of the inference API",
            changes: ValueWhileServing,
            flag: Flag::new(Group::Upstream, "upstream-grpc-inference", Argument::List("URL")),
        }
        upstream_grpc_management: Optional<UpstreamAddresses> {
            parse: from_str,
            default: "none",
            help: "Model server that gets the gRPC calls of the management API",
            changes: ValueWhileServing,
            flag: Flag::new(Group::Upstream, "upstream-grpc-management", Argument::List("URL")),
        }
        upstream_ca_file: Optional<PathBuf> {
            parse: path,
            default: "those of the operating system",
            help: "Certificates (PEM) that may have signed the certificate of an `https://` upstream",
            changes: WhileServing,
        }
        upstream_host: Defaulted<UpstreamHost> {
            parse: from_str,
            default: "upstream",
            help: "Header `Host` of forwarded requests: that of the address (`upstream`), or the client's (`keep`)",
            changes: WhileServing,
        }
        upstream_authorization: Defaulted<UpstreamAuthorization> {
            parse: from_str,
            default: "strip",
            help: "Header `Authorization` of forwarded requests: none (`strip`), the client's (`keep`), or the line in a file (`file:PATH`)",
            changes: WhileServing,
        }
        upstream_connections_max: Defaulted<NonZeroUsize> {
            parse: positive::<CONNECTIONS_MAX>,
            default: "1024",
            help: "Connections to one address of an upstream, at most 65536; further requests wait",
            changes: WhileServing,
        }
        upstream_queue_timeout_sec: Defaulted<Duration> {
            parse: seconds::<SECONDS_MAX>,
            default: "10",
            help: "Seconds that a request waits for a connection when there are as many as allowed, at most 86400; then it gets 503",
            changes: WhileServing,
        }
        upstream_connect_timeout_sec: Defaulted<Duration> {
            parse: some_seconds::<SECONDS_MAX>,
            default: "5",
            help: "Seconds that connecting to an upstream may take, from 1 to 86400; then the request gets 502",
            changes: WhileServing,
        }
        upstream_idle_timeout_sec: Defaulted<Duration> {
            parse: seconds::<SECONDS_MAX>,
            default: "30",
            help: "Seconds that an unused connection to an upstream is kept, at most 86400",
            changes: WhileServing,
        }
        upstream_response_timeout_sec: Defaulted<Duration> {
            parse: some_seconds::<SECONDS_MAX>,
            default: "600",
            help: "Seconds that an upstream may take for the head of a response once it has the request, from 1 to 86400; then the request gets 504",
            changes: WhileServing,
        }
        upstream_read_timeout_sec: Defaulted<Duration> {
            parse: some_seconds::<SECONDS_MAX>,
            default: "300",
            help: "Seconds that an upstream may take for each piece of a response body, from 1 to 86400; then the response is cut off",
            changes: WhileServing,
        }
        upstream_failures_max: Defaulted<NonZeroUsize> {
            parse: positive::<FAILURES_MAX>,
            default: "5",
            help: "Requests in a row that may fail at one address of several, at most 1000; then it gets none for a time: no connection, no usable response, none in time, or a response 502 or 504",
            changes: WhileServing,
        }
        upstream_ejection_sec: Defaulted<Duration> {
            parse: some_seconds::<SECONDS_MAX>,
            default: "5",
            help: "Seconds that an address gets no requests after `upstream_failures_max`, from 1 to 86400; then one request tries it, and each failure doubles the time",
            changes: WhileServing,
        }
        upstream_ejection_max_sec: Defaulted<Duration> {
            parse: some_seconds::<SECONDS_MAX>,
            default: "60",
            help: "The longest time of `upstream_ejection_sec` after doubling, from 1 to 86400",
            changes: WhileServing,
        }
        upstream_health_path: Optional<HealthCheckPath> {
            parse: from_str,
            default: "that of the profile",
            help: "Path that each address of `upstream` or `upstream_inference` is asked for with GET; one that does not respond 2xx is down until it does; `none` to ask for nothing",
            changes: WhileServing,
        }
        upstream_health_interval_sec: Defaulted<Duration> {
            parse: some_seconds::<SECONDS_MAX>,
            default: "10",
            help: "Seconds from one such request to the next, from 1 to 86400",
            changes: WhileServing,
        }
        upstream_health_timeout_sec: Defaulted<Duration> {
            parse: some_seconds::<SECONDS_MAX>,
            default: "5",
            help: "Seconds that the response to such a request may take, from 1 to 86400",
            changes: WhileServing,
        }
        max_stream_duration_sec: Defaulted<Duration> {
            parse: some_seconds::<STREAM_SECONDS_MAX>,
            default: "3600",
            help: "Seconds from the head of a forwarded response to its end, from 1 to 604800; then it is cut off",
            changes: WhileServing,
        }
        max_concurrent_requests: Defaulted<Option<NonZeroUsize>> {
            parse: limit::<CONCURRENT_REQUESTS_MAX>,
            default: "0",
            help: "Forwarded requests at once, at most 1000000, each until its response has ended; one more gets 503, and `0` is no limit",
            changes: WhileServing,
        }
        max_concurrent_requests_per_key: Defaulted<Option<NonZeroUsize>> {
            parse: limit::<CONCURRENT_REQUESTS_MAX>,
            default: "0",
            help: "Forwarded requests of one key at once, at most 1000000; one more gets 429, and `0` is no limit",
            changes: WhileServing,
        }
        cut_streams_on_revocation: Defaulted<bool> {
            parse: boolean,
            default: "false",
            help: "End a forwarded response within a second of its key being replaced or expiring; otherwise it runs to its end",
            changes: WhileServing,
        }
    }
    token_plugin {}
}
