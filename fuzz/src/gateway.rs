//! Connections to a server without sockets, and what its plugin was asked.

use std::{
    fmt::Write as _,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use host_demo::fuzzing::Gateway;
use plugin_api::{
    Context, Endpoint, EndpointType, Host, Method, Plugin, PluginError, Request, Response,
    TokenAuthorizer, TokenType, Verdict,
};
use sha2::{Digest as _, Sha256};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, duplex, split},
    task::{spawn_local, yield_now},
    time::timeout,
};

use crate::event_loop;

/// The key of all APIs. Only its digest is compared: the fuzzer sees what is compared, and would
/// find the key. A target whose inputs must not have it does not use this constant.
pub const KEY: &str = "R7nTqVYxW2mEoZsDhJ4kPfLgCb9uXa1wQ0iNvGyHt6c";
/// The digest of [`KEY`].
const KEY_SHA256: &str = "871d31fa2ada079fabc2c9ce55dddada807e3217d92eeb1624b4ab11da37049b";

/// How much is on its way to the server, or back, at once.
const PIPE_BYTES: usize = 16 * 1024;
/// How many pieces of the length that an input asks for are sent on a connection.
const PIECES_MAX: usize = 64;
/// How long a connection may last, by the clock of its event loop, which does not wait.
const CONNECTION_MAX: Duration = Duration::from_secs(3600);

static GUARDED_CALLS: AtomicUsize = AtomicUsize::new(0);
static HIDDEN_PERMITS: AtomicUsize = AtomicUsize::new(0);
static PERMITS: AtomicUsize = AtomicUsize::new(0);

/// How often the plugin's endpoint `/guarded` was called so far, for which a key is needed.
pub fn guarded_calls() -> usize {
    GUARDED_CALLS.load(Ordering::SeqCst)
}

/// How often a request for the plugin's endpoint `/hidden` was allowed, since this was asked last: only requests
/// in the bodies of others ask for it.
pub fn hidden_permits() -> usize {
    HIDDEN_PERMITS.swap(0, Ordering::SeqCst)
}

/// How the client ends its side of a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ending {
    /// It waits until the server ends the connection.
    Wait,
    /// It sends nothing more, and says so.
    HalfClose,
    /// It is gone.
    Drop,
}

/// Pieces of this length, and all that is left as the last one.
#[must_use]
pub fn pieces(bytes: &[u8], length: usize) -> Vec<&[u8]> {
    let (begin, rest) = bytes.split_at(bytes.len().min(length * PIECES_MAX));
    begin
        .chunks(length)
        .chain((!rest.is_empty()).then_some(rest))
        .collect()
}

/// Sends these pieces on a connection, one after the other, and returns what the server sends until the
/// connection ends.
///
/// # Panics
/// The server does not end the connection.
pub fn exchange(pieces: &[&[u8]], ending: Ending) -> Vec<u8> {
    event_loop::run(async {
        let permits = PERMITS.load(Ordering::SeqCst);
        let exchanged = timeout(CONNECTION_MAX, exchange_within(pieces, ending)).await;
        exchanged.unwrap_or_else(|_| {
            // The plugin is called on a thread for which this clock does not wait.
            let has_permit = PERMITS.load(Ordering::SeqCst) != permits;
            assert!(has_permit, "the server ends a connection");
            Vec::new()
        })
    })
}

async fn exchange_within(pieces: &[&[u8]], ending: Ending) -> Vec<u8> {
    let (client, server) = duplex(PIPE_BYTES);
    let serving = spawn_local(gateway().serve(server));
    let (mut reader, mut writer) = split(client);
    let mut received = Vec::new();
    let sending = async {
        for piece in pieces {
            // The server may have closed the connection already.
            if writer.write_all(piece).await.is_err() {
                break;
            }
            yield_now().await;
        }
        if ending == Ending::HalfClose {
            let _ = writer.shutdown().await;
        }
    };
    if ending == Ending::Drop {
        tokio::select! {
            () = sending => {}
            _ = reader.read_to_end(&mut received) => {}
        }
        drop((reader, writer));
    } else {
        let _ = tokio::join!(sending, reader.read_to_end(&mut received));
    }
    serving.await.expect("the task of a connection ends");
    received
}

fn gateway() -> &'static Gateway {
    static GATEWAY: OnceLock<Gateway> = OnceLock::new();
    GATEWAY.get_or_init(|| Gateway::new(open).expect("a server"))
}

#[expect(clippy::unnecessary_wraps, reason = "the form of an opening function")]
fn open(_: &Host) -> Result<Plugin, PluginError> {
    Ok(Plugin::new()
        .token_authorizer(OneKey)
        .endpoint(Guarded)
        .endpoint(Hidden))
}

struct OneKey;

impl TokenAuthorizer for OneKey {
    fn makes_keys(&self) -> bool {
        false
    }

    fn check_token_authorization(&self, request: &Request<'_>, _: TokenType) -> Verdict {
        match request.bearer_token() {
            Ok(key) if digest(key) == KEY_SHA256 => {
                // Counted here and not where it is called, which is on another thread.
                PERMITS.fetch_add(1, Ordering::SeqCst);
                if request.path() == "/hidden" {
                    HIDDEN_PERMITS.fetch_add(1, Ordering::SeqCst);
                }
                Verdict::ALLOW
            }
            Ok(_) => Verdict::DENY_INVALID,
            Err(error) => error.into(),
        }
    }
}

fn digest(text: &[u8]) -> String {
    let digest = Sha256::digest(text);
    digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

struct Guarded;

impl Endpoint for Guarded {
    const URL_PATTERN: &'static str = "guarded";
    const ENDPOINT_TYPE: EndpointType = EndpointType::INFERENCE;
    const DESCRIPTION: &'static str = "Counts its calls.";
    const METHODS: &'static [Method] = &[Method::GET, Method::POST, Method::PUT];

    fn do_get(&self, _: &Request<'_>, _: &Context<'_>) -> Result<Response, PluginError> {
        GUARDED_CALLS.fetch_add(1, Ordering::SeqCst);
        Ok(Response::text("guarded\n"))
    }

    fn do_post(
        &self,
        request: &Request<'_>,
        context: &Context<'_>,
    ) -> Result<Response, PluginError> {
        self.do_get(request, context)
    }

    fn do_put(
        &self,
        request: &Request<'_>,
        context: &Context<'_>,
    ) -> Result<Response, PluginError> {
        self.do_get(request, context)
    }
}

struct Hidden;

impl Endpoint for Hidden {
    const URL_PATTERN: &'static str = "hidden";
    const ENDPOINT_TYPE: EndpointType = EndpointType::INFERENCE;
    const DESCRIPTION: &'static str = "Is there.";
    const METHODS: &'static [Method] = &[Method::GET];

    fn do_get(&self, _: &Request<'_>, _: &Context<'_>) -> Result<Response, PluginError> {
        Ok(Response::text("hidden\n"))
    }
}
