//! The attacks.

use integration_tests::{
    Listener,
    http2::frames::{self, INITIAL_WINDOW_SIZE},
};

/// One kind of attack: what each of its connections sends, and how it goes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attack {
    pub(super) name: &'static str,
    pub(super) listener: Listener,
    pub(super) transport: Transport,
    /// What each connection sends first.
    pub(super) opening: fn() -> Vec<u8>,
    /// What it sends again every second.
    pub(super) repeated: fn() -> Vec<u8>,
    /// Whether it takes what the server sends; if it does, it answers to `PING`.
    pub(super) reads: bool,
    /// Whether requests are forwarded, to a server that never answers.
    pub(super) needs_upstream: bool,
}

/// What carries the bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Transport {
    Plain,
    /// The bytes are sent in place of a handshake.
    InsteadOfTls,
    /// After a handshake, without ALPN.
    Tls,
    /// After a handshake that agrees on HTTP/2.
    TlsHttp2,
}

impl Attack {
    pub(super) fn listener_name(&self) -> String {
        let scheme = match self.transport {
            Transport::Plain => "http",
            _ => "https",
        };
        format!("{:?}, {scheme}", self.listener).to_lowercase()
    }
}

const STREAMS: u32 = 128;
const PIPELINED: usize = 200;

const SILENT: Attack = Attack {
    name: "connections that send nothing",
    listener: Listener::Inference,
    transport: Transport::Plain,
    opening: Vec::new,
    repeated: Vec::new,
    reads: false,
    needs_upstream: false,
};

/// All of them.
pub(super) const ALL: [Attack; 23] = [
    SILENT,
    Attack {
        name: "HTTP/2, window 0, 128 times a denied path",
        opening: || untaken("POST", "/predictions/x"),
        ..SILENT
    },
    Attack {
        name: "HTTP/2, window 0, 128 times `/ping`",
        opening: || untaken("GET", "/ping"),
        ..SILENT
    },
    Attack {
        name: "HTTP/2, window 0, 128 times `/api-description`",
        opening: || untaken("GET", "/api-description"),
        ..SILENT
    },
    Attack {
        name: "HTTP/2, window 0, 128 times `/api-description`",
        listener: Listener::Management,
        opening: || untaken("GET", "/api-description"),
        ..SILENT
    },
    Attack {
        name: "HTTP/2, window 0, 128 times `/metrics`",
        listener: Listener::Metrics,
        opening: || untaken("GET", "/metrics"),
        ..SILENT
    },
    Attack {
        name: "HTTP/2, window 0, 128 times `/api-description`",
        transport: Transport::TlsHttp2,
        opening: || untaken("GET", "/api-description"),
        ..SILENT
    },
    Attack {
        name: "HTTP/2, window 0, 128 times `/metrics`",
        listener: Listener::Metrics,
        transport: Transport::TlsHttp2,
        opening: || untaken("GET", "/metrics"),
        ..SILENT
    },
    Attack {
        name: "HTTP/1.1, 200 times a denied path, nothing read",
        opening: || pipelined("/predictions/x"),
        ..SILENT
    },
    Attack {
        name: "HTTP/1.1, 200 times `/api-description`, nothing read",
        opening: || pipelined("/api-description"),
        ..SILENT
    },
    Attack {
        name: "HTTP/1.1, 200 times `/metrics`, nothing read",
        listener: Listener::Metrics,
        opening: || pipelined("/metrics"),
        ..SILENT
    },
    Attack {
        name: "HTTP/1.1, 200 times `/api-description`, nothing read",
        transport: Transport::Tls,
        opening: || pipelined("/api-description"),
        ..SILENT
    },
    Attack {
        name: "HTTP/2, no request, a `PING` every second, which are answered",
        opening: || frames::opening(&[]),
        repeated: frames::ping,
        reads: true,
        ..SILENT
    },
    Attack {
        name: "HTTP/2, one answered request, then a `PING` every second",
        transport: Transport::TlsHttp2,
        opening: || requests(&[], 1, "GET", "/ping", true),
        repeated: frames::ping,
        reads: true,
        ..SILENT
    },
    Attack {
        name: "HTTP/2, 128 denied requests whose bodies never end",
        opening: || requests(&[], STREAMS, "POST", "/predictions/x", false),
        reads: true,
        ..SILENT
    },
    Attack {
        name: "HTTP/2, window 0, a denied request whose body goes on byte by byte",
        opening: || {
            requests(
                &[(INITIAL_WINDOW_SIZE, 0)],
                1,
                "POST",
                "/predictions/x",
                false,
            )
        },
        repeated: || frames::data(1, b"x", false),
        ..SILENT
    },
    Attack {
        name: "HTTP/1.1, one answered request, then nothing",
        opening: || get("/ping"),
        reads: true,
        ..SILENT
    },
    Attack {
        name: "HTTP/1.1, a head that goes on byte by byte",
        opening: || b"GET /ping HTTP/1.1\r\nx: ".to_vec(),
        repeated: || b"x".to_vec(),
        ..SILENT
    },
    Attack {
        name: "HTTP/1.1, a head of 60 KiB without its end",
        opening: || {
            let mut head = b"GET /ping HTTP/1.1\r\nx: ".to_vec();
            head.resize(60 * 1024, b'x');
            head
        },
        ..SILENT
    },
    Attack {
        name: "HTTP/1.1, a denied body that goes on byte by byte",
        opening: || {
            b"POST /predictions/x HTTP/1.1\r\nhost: h\r\ncontent-length: 4000\r\n\r\n".to_vec()
        },
        repeated: || b"x".to_vec(),
        reads: true,
        ..SILENT
    },
    Attack {
        name: "TLS, no handshake",
        transport: Transport::InsteadOfTls,
        ..SILENT
    },
    Attack {
        name: "TLS, a handshake that goes on byte by byte",
        transport: Transport::InsteadOfTls,
        // A record of a handshake with 512 bytes, a ClientHello of 508.
        opening: || vec![22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3],
        repeated: || vec![0],
        ..SILENT
    },
    Attack {
        name: "a health path without a key, to an upstream that never answers",
        opening: || get("/health"),
        reads: true,
        needs_upstream: true,
        ..SILENT
    },
];

/// Requests over HTTP/2 whose responses are not taken: their window is 0.
fn untaken(method: &str, path: &str) -> Vec<u8> {
    requests(&[(INITIAL_WINDOW_SIZE, 0)], STREAMS, method, path, true)
}

fn requests(
    settings: &[(u16, u32)],
    count: u32,
    method: &str,
    path: &str,
    ends_stream: bool,
) -> Vec<u8> {
    let fields = [
        (":method", method),
        (":scheme", "http"),
        (":authority", "host"),
        (":path", path),
    ];
    let mut bytes = frames::opening(settings);
    for number in 0..count {
        bytes.extend(frames::head(2 * number + 1, &fields, ends_stream));
    }
    bytes
}

fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: host\r\n\r\n").into_bytes()
}

fn pipelined(path: &str) -> Vec<u8> {
    get(path).repeat(PIPELINED)
}
