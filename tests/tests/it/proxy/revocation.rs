//! `cut_streams_on_revocation`: streams end with their key.

use std::time::{Duration, Instant};

use integration_tests::{Client, Listener, get, upstream::HttpUpstream};

use super::{behaving, in_front_of};
use crate::expect::rotate;

#[test]
fn a_stream_is_cut_within_a_second_of_the_rotation_of_its_key() {
    let upstream = HttpUpstream::start();
    let host = in_front_of(&upstream.url())
        .property("cut_streams_on_revocation", "true")
        .start();
    for client in Client::ALL {
        let request = behaving(&host, get("/events"), "test");
        let mut stream = client.start(host.address(Listener::Inference), &request);
        let mut exchange = upstream.next_exchange();
        exchange.respond_with_events();
        exchange.send("event");
        assert_eq!(stream.head().status, 200);
        assert_eq!(stream.read_at_least(5).expect("the event"), b"event");
        rotate(&host, "management");
        exchange.send("event");
        assert_eq!(stream.read_at_least(5).expect("the event"), b"event");

        let start = Instant::now();
        rotate(&host, "inference");

        assert!(stream.rest().1.is_err(), "{client:?}");
        assert!(start.elapsed() < Duration::from_secs(2));
        assert!(exchange.wait_until_cancelled() < Duration::from_secs(1));
    }
}
