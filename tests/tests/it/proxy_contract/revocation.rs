//! Streams whose key is replaced or expires while they run.

use std::time::{Duration, Instant};

use integration_tests::{
    ClientExchange, HostBuilder, Listener, Request, get, post, upstream::Exchange,
};

use super::{
    caller::Caller,
    front::{Arrangement, Front},
};

const CUT_MAX: Duration = Duration::from_secs(1);

/// A stream that has begun, from both sides.
struct Stream {
    client: ClientExchange,
    upstream: Exchange,
}

impl Stream {
    /// One over each transport of the host.
    fn start_all(front: &Front, listener: Listener, request: &Request) -> Vec<Self> {
        let request = request.clone().header("x-behaviour", "test");
        let server = match listener {
            Listener::Management => front.management(),
            _ => &front.inference,
        };
        let start = |caller: Caller<'_>| {
            let mut client = caller.start(listener, &request);
            let mut upstream = server.next_exchange();
            upstream.respond_with_events();
            assert_eq!(client.head().status, 200);
            let mut stream = Self { client, upstream };
            stream.assert_runs();
            stream
        };
        front.callers().into_iter().map(start).collect()
    }

    #[track_caller]
    fn assert_runs(&mut self) {
        self.upstream.send("event");
        let event = self.client.read_at_least(5).expect("the event");
        assert_eq!(event, b"event");
    }

    /// Not ended as if it were whole, and the upstream need not go on.
    #[track_caller]
    fn assert_is_cut(&mut self, since: Instant) {
        assert!(self.client.rest().1.is_err());
        let _ = self.upstream.wait_until_cancelled();
        let elapsed = since.elapsed();
        assert!(elapsed < CUT_MAX, "{elapsed:?}");
    }

    fn finish(mut self) {
        self.assert_runs();
        self.upstream.finish();
        assert!(self.client.rest().1.is_ok());
    }
}

fn cutting(builder: HostBuilder) -> HostBuilder {
    builder.property("cut_streams_on_revocation", "true")
}

#[test]
fn a_replaced_key_does_not_end_its_streams() {
    for front in Front::start_all(|builder| builder) {
        let keys = front.host.keys();
        let prediction = post("/predictions/m").key(&keys.inference.key);
        let inference = Stream::start_all(&front, Listener::Inference, &prediction);
        let models = get("/models").key(&keys.management.key);
        let management = Stream::start_all(&front, Listener::Management, &models);

        rotate_both(&front);

        for mut caller in front.callers() {
            caller.assert_denied(Listener::Inference, &prediction);
            caller.assert_denied(Listener::Management, &models);
        }
        for stream in inference.into_iter().chain(management) {
            stream.finish();
        }
    }
}

fn rotate_both(front: &Front) {
    let caller = &mut front.callers()[0];
    caller.rotate("inference");
    caller.rotate("management");
}

#[test]
fn with_cut_streams_on_revocation_it_ends_its_own_within_a_second() {
    for front in Front::start_all(cutting) {
        let keys = front.host.keys();
        let prediction = post("/predictions/m").key(&keys.inference.key);
        let mut inference = Stream::start_all(&front, Listener::Inference, &prediction);
        let models = get("/models").key(&keys.management.key);
        let mut management = Stream::start_all(&front, Listener::Management, &models);
        let open = match front.arrangement {
            // What needs no key has none that could be replaced.
            Arrangement::ByClass => Stream::start_all(&front, Listener::Inference, &get("/ping")),
            Arrangement::ByListener => Vec::new(),
        };
        let caller = &mut front.callers()[0];

        caller.rotate("inference");
        let replaced = Instant::now();
        for stream in &mut inference {
            stream.assert_is_cut(replaced);
        }
        for stream in &mut management {
            stream.assert_runs();
        }

        caller.rotate("management");
        let replaced = Instant::now();
        for stream in &mut management {
            stream.assert_is_cut(replaced);
        }
        for stream in open {
            stream.finish();
        }
    }
}

#[test]
fn with_cut_streams_on_revocation_an_expired_key_ends_its_own_within_a_second() {
    for front in Front::start_all(|one| cutting(one).property("token_expiration_min", "0.03")) {
        // Its time runs from here on.
        front.callers()[0].rotate("inference");
        let key = front.host.keys().inference;
        let prediction = post("/predictions/m").key(&key.key);
        let mut streams = Stream::start_all(&front, Listener::Inference, &prediction);

        key.wait_until_expired();

        let expired = Instant::now();
        for stream in &mut streams {
            stream.assert_is_cut(expired);
        }
    }
}

/// In trailers, because a client of gRPC would otherwise not know why.
#[test]
fn with_cut_streams_on_revocation_a_grpc_stream_ends_with_16() {
    for front in Front::start(Arrangement::ByClass, cutting) {
        let mut callers = front.callers();
        let caller = callers.last_mut().expect("the one over HTTP/2");
        let key = front.host.keys().inference.key;
        let connection = caller.connect_http2(front.host.address(Listener::Inference));
        let call = "/org.pytorch.serve.grpc.inference.InferenceAPIsService/StreamPredictions";
        let request = post(call)
            .header("content-type", "application/grpc")
            .header("x-behaviour", "test")
            .key(&key);
        let mut client = connection.start(&request);
        let mut upstream = front.inference.next_exchange();
        upstream.respond(200, &[("content-type", "application/grpc")]);
        assert_eq!(client.head().status, 200);

        caller.rotate("inference");

        assert!(client.read().expect("an orderly end").is_none());
        let status = client
            .trailers()
            .into_iter()
            .find(|(name, _)| name == "grpc-status");
        assert_eq!(status.map(|(_, value)| value).as_deref(), Some("16"));
        let _ = upstream.wait_until_cancelled();
    }
}
