//! The settings of clients' connections: for how long, and how many requests.

use std::{num::NonZeroUsize, time::Duration};

use crate::config::{
    declaration::{Declaration, Defaulted, settings},
    parse::{count, limit, positive, some_seconds},
};

/// A day.
const CONNECTION_SECONDS_MAX: u64 = 86_400;
const STREAMS_MAX: u32 = 65_536;
const CLIENT_CONNECTIONS_MAX: usize = 1_000_000;
const REQUESTS_BEFORE_KEY_MAX: usize = 1_000_000;

settings! {
    CONNECTION_SETTINGS: ConnectionSettings, CONNECTION_DECLARATIONS;
    host {
        connections_per_address_max: Defaulted<Option<NonZeroUsize>> {
            parse: limit::<CLIENT_CONNECTIONS_MAX>,
            default: "0",
            help: "Connections from one address over all listeners, at most 1000000, one more is closed at once; an IPv6 network of 64 bits counts as one address, `trusted_proxies` are not counted, and `0` is no limit",
            changes: AtRestart,
        }
        header_timeout_sec: Defaulted<Duration> {
            parse: some_seconds::<CONNECTION_SECONDS_MAX>,
            default: "30",
            help: "Seconds from a connection to its first bytes, for the header of the PROXY protocol, and over HTTP/1.1 from the first byte of the head of a request to its last, from 1 to 86400; then the connection is closed",
            changes: AtRestart,
        }
        idle_timeout_sec: Defaulted<Duration> {
            parse: some_seconds::<CONNECTION_SECONDS_MAX>,
            default: "60",
            help: "Seconds that a connection may be open without a running request, from 1 to 86400; pings of HTTP/2 do not count",
            changes: AtRestart,
        }
        write_timeout_sec: Defaulted<Duration> {
            parse: some_seconds::<CONNECTION_SECONDS_MAX>,
            default: "60",
            help: "Seconds that a client may take nothing of a response before its connection is closed, from 1 to 86400; as long as a connection has shown no good key, each of its responses must be taken within twice the time",
            changes: AtRestart,
        }
        http2_streams_max: Defaulted<u32> {
            parse: count::<STREAMS_MAX>,
            default: "128",
            help: "Requests at once on one HTTP/2 connection, from 1 to 65536",
            changes: AtRestart,
        }
        http2_streams_before_key_max: Defaulted<u32> {
            parse: count::<STREAMS_MAX>,
            default: "16",
            help: "As many of them that are denied or need no key, on a connection that has shown no good key yet, from 1 to 65536; further ones are refused, and a request with a good key never is",
            changes: AtRestart,
        }
        requests_before_key_max: Defaulted<NonZeroUsize> {
            parse: positive::<REQUESTS_BEFORE_KEY_MAX>,
            default: "1024",
            help: "The same for all such connections together, from 1 to 1000000; one request of each connection is not refused",
            changes: AtRestart,
        }
    }
    token_plugin {}
}
