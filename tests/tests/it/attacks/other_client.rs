//! A client with a key, who must not notice the attack.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use integration_tests::{Connection, Host, Listener, Request, TlsClient, get, post};

use super::kind::{Attack, Transport};

const PAUSE: Duration = Duration::from_millis(10);

/// Sends a request on a new connection again and again.
pub(super) struct OtherClient {
    address: SocketAddr,
    request: Request,
    status: u16,
    tls: Option<TlsClient>,
}

impl OtherClient {
    pub(super) fn of(host: &Host, attack: &Attack, client: &TlsClient) -> Self {
        let keys = host.keys();
        let (request, status) = match attack.listener {
            // There is no such model, which is told to who has the key.
            Listener::Inference => {
                let request = post("/predictions/x").key(&keys.inference.key);
                (request, 404)
            }
            Listener::Management => (get("/models").key(&keys.management.key), 200),
            Listener::Metrics => (get("/metrics"), 200),
        };
        Self {
            address: host.address(attack.listener),
            request: request.header("Connection", "close"),
            status,
            tls: (attack.transport != Transport::Plain).then(|| client.offering(&[])),
        }
    }

    /// The time that 99 of 100 requests take at most.
    pub(super) fn p99_for(&self, time: Duration) -> Duration {
        let begin = Instant::now();
        self.p99_until(|| begin.elapsed() > time)
    }

    /// The same while `work` runs, and what that returns.
    pub(super) fn p99_while<T>(&self, work: impl FnOnce() -> T) -> (Duration, T) {
        let is_done = AtomicBool::new(false);
        thread::scope(|scope| {
            let p99 = scope.spawn(|| self.p99_until(|| is_done.load(Ordering::Acquire)));
            let worked = work();
            is_done.store(true, Ordering::Release);
            (p99.join().expect("it is served"), worked)
        })
    }

    fn p99_until(&self, is_done: impl Fn() -> bool) -> Duration {
        let mut times = Vec::new();
        while times.is_empty() || !is_done() {
            let begin = Instant::now();
            self.exchange();
            times.push(begin.elapsed());
            thread::sleep(PAUSE);
        }
        times.sort_unstable();
        times[(times.len() - 1) * 99 / 100]
    }

    fn exchange(&self) {
        let connection = match &self.tls {
            None => Connection::try_open(self.address),
            Some(client) => Connection::try_open_encrypted(self.address, client),
        };
        let mut connection = connection.expect("it is accepted");
        let response = connection.try_exchange(&self.request);
        let response = response.expect("it is answered");
        assert_eq!(response.status, self.status, "{response:?}");
    }
}
