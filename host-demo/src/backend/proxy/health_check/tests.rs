use std::num::NonZeroUsize;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::*;
use crate::{
    backend::proxy::{client::Protocol, replica::ReplicaSettings},
    config::{UpstreamAddress, UpstreamEjection},
};

/// Longer than anything takes that does happen.
const SOON: Duration = Duration::from_secs(10);

fn check() -> HealthCheck {
    HealthCheck {
        resolver: Resolver::start().unwrap(),
        path: "/health?full".parse().unwrap(),
        authorization: None,
        interval: Duration::from_millis(5),
        timeout: SOON,
    }
}

fn replica(address: &str) -> Arc<Replica> {
    let address: UpstreamAddress = address.parse().unwrap();
    let settings = ReplicaSettings {
        protocol: Protocol::Http1,
        connections_max: 1,
        ejection: Some(UpstreamEjection {
            failures_max: NonZeroUsize::MIN,
            duration: SOON,
            duration_max: SOON,
        }),
        is_probed: false,
        tls: None,
    };
    Arc::new(Replica::new(&address, &settings).unwrap())
}

async fn listen() -> (TcpListener, Arc<Replica>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, replica(&format!("http://{address}")))
}

async fn accept(listener: &TcpListener) -> TcpStream {
    let accepted = timeout(SOON, listener.accept()).await;
    accepted.expect("a probe").unwrap().0
}

/// Reads the request of the next probe, and answers it.
async fn answer(listener: &TcpListener, status: &str) -> String {
    let mut stream = accept(listener).await;
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        head.push(char::from(stream.read_u8().await.unwrap()));
    }
    let response = format!("HTTP/1.1 {status}\r\nContent-Length: 9\r\n\r\nnever");
    stream.write_all(response.as_bytes()).await.unwrap();
    head
}

async fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(SOON, wait).await.expect(what);
}

fn is_up(replica: &Replica) -> bool {
    replica.snapshot().is_healthy
}

/// Runs the work while `check` watches the replica.
async fn watched(check: HealthCheck, replica: &Arc<Replica>, work: impl Future<Output = ()>) {
    tokio::select! {
        () = check.watch(replica) => {}
        () = work => {}
    }
}

fn run_test(work: impl Future<Output = ()>) {
    LocalRuntime::new().unwrap().block_on(work);
}

#[test]
fn a_replica_is_down_from_a_probe_that_fails_until_one_succeeds() {
    run_test(async {
        let (listener, replica) = listen().await;
        let work = async {
            for status in ["404 Not Found", "503 Service Unavailable", "302 Found"] {
                answer(&listener, status).await;
                wait_until("it is down", || !is_up(&replica)).await;
                answer(&listener, "204 No Content").await;
                wait_until("it is up", || is_up(&replica)).await;
            }
        };
        watched(check(), &replica, work).await;
    });
}

#[test]
fn a_probe_asks_for_the_path_with_the_upstreams_own_key() {
    run_test(async {
        let (listener, replica) = listen().await;
        let check = HealthCheck {
            authorization: Some(HeaderValue::from_static("Bearer own")),
            ..check()
        };
        let host = replica.origin.host.to_str().unwrap();
        let work = async {
            let head = answer(&listener, "200 OK").await;
            let expected = format!(
                "GET /health?full HTTP/1.1\r\nhost: {host}\r\nuser-agent: host-demo\r\n\
                 connection: close\r\nauthorization: Bearer own\r\n\r\n"
            );
            assert_eq!(head, expected);
        };
        watched(check, &replica, work).await;
    });
}

#[test]
fn a_replica_that_does_not_respond_in_time_is_down() {
    run_test(async {
        let (listener, replica) = listen().await;
        let check = HealthCheck {
            timeout: Duration::from_millis(20),
            ..check()
        };
        let error = check.probe(&replica).await.unwrap_err();
        assert!(matches!(error, ProbeError::Timeout(_)), "{error:?}");
        let work = async {
            let _silent = accept(&listener).await;
            wait_until("it is down", || !is_up(&replica)).await;
        };
        watched(check, &replica, work).await;
    });
}

#[test]
fn a_replica_that_closes_the_connection_or_speaks_no_http_is_down() {
    run_test(async {
        let (listener, replica) = listen().await;
        let work = async {
            drop(accept(&listener).await);
            wait_until("it is down", || !is_up(&replica)).await;
            answer(&listener, "200 OK").await;
            wait_until("it is up", || is_up(&replica)).await;
            let mut stream = accept(&listener).await;
            stream.write_all(b"SSH-2.0-x\r\n\r\n").await.unwrap();
            wait_until("it is down", || !is_up(&replica)).await;
        };
        watched(check(), &replica, work).await;
    });
}

#[test]
fn a_replica_that_refuses_connections_is_down_until_it_listens() {
    run_test(async {
        let (listener, replica) = listen().await;
        let address = listener.local_addr().unwrap();
        drop(listener);
        let work = async {
            wait_until("it is down", || !is_up(&replica)).await;
            let listener = TcpListener::bind(address).await.unwrap();
            answer(&listener, "200 OK").await;
            wait_until("it is up", || is_up(&replica)).await;
        };
        watched(check(), &replica, work).await;
    });
}

#[test]
fn all_replicas_are_probed_on_one_thread_until_that_is_dropped() {
    run_test(async {
        let (one, first) = listen().await;
        let (other, second) = listen().await;
        let replicas = vec![Arc::clone(&first), Arc::clone(&second)];
        let thread = start(check(), replicas).unwrap();
        for listener in [&one, &other, &one, &other] {
            answer(listener, "200 OK").await;
        }
        drop(thread);
        // Whoever probed a replica would hold it.
        assert_eq!([first, second].map(|one| Arc::strong_count(&one)), [1, 1]);
    });
}
