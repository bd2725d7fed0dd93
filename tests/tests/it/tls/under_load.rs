//! The certificate is replaced while requests run: none is lost, no connection is cut.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
};

use integration_tests::{Listener, Request, get, http2::Http2Connection};
use rustix::process::Signal;

use super::Server;
use crate::reload::EndOfScope;

const RELOADS: usize = 50;

#[derive(Default)]
struct Counts {
    is_done: AtomicBool,
    /// Requests on connections that stay open, and connections for one request each.
    kept: AtomicU64,
    opened: AtomicU64,
}

impl Counts {
    /// Repeats until the end, and counts.
    fn repeat(&self, counter: &AtomicU64, mut request: impl FnMut()) {
        while !self.is_done.load(Ordering::Acquire) {
            request();
            counter.fetch_add(1, Ordering::AcqRel);
        }
    }
}

#[test]
fn fifty_certificates_lose_no_request_and_cut_no_connection() {
    let server = Server::start();
    let ping = get("/ping").key(&server.host.keys().inference.key);
    let counts = Counts::default();

    thread::scope(|scope| {
        let end = EndOfScope(&counts.is_done);
        scope.spawn(|| keep_http_1(&server, &ping, &counts));
        scope.spawn(|| keep_http_2(&server, &ping, &counts));
        scope.spawn(|| open_new_ones(&server, &ping, &counts));
        for number in 0..RELOADS {
            server.files.install(&server.authority.issue());
            server.host.signal(Signal::HUP);
            let line = "is in use, valid until";
            let _ = server.host.log().wait_for_lines_with(line, number + 2);
        }
        drop(end);
    });

    let count = |counter: &AtomicU64| counter.load(Ordering::Acquire);
    let (kept, opened) = (count(&counts.kept), count(&counts.opened));
    assert!(
        kept > 100 && opened > 20,
        "{kept} requests, {opened} connections"
    );
    for reason in ["timeout", "not_tls", "client_certificate", "other"] {
        assert_eq!(
            server.failed_handshakes(reason).as_deref(),
            Some("0"),
            "{reason}"
        );
    }
}

fn keep_http_1(server: &Server, ping: &Request, counts: &Counts) {
    let client = &server.client;
    let mut connection = server.host.connect_encrypted(Listener::Inference, client);
    counts.repeat(&counts.kept, || {
        assert_eq!(connection.exchange(ping).status, 200);
    });
}

fn keep_http_2(server: &Server, ping: &Request, counts: &Counts) {
    let client = server.client.offering(&["h2"]);
    let address = server.host.address(Listener::Inference);
    let connection = Http2Connection::try_open_encrypted(address, &client).expect("a handshake");
    counts.repeat(&counts.kept, || {
        assert_eq!(connection.exchange(ping).status, 200);
    });
}

fn open_new_ones(server: &Server, ping: &Request, counts: &Counts) {
    let client = &server.client;
    counts.repeat(&counts.opened, || {
        let mut connection = server.host.connect_encrypted(Listener::Inference, client);
        assert_eq!(connection.exchange(ping).status, 200);
    });
}
