//! A real model, and the management API for it.

use std::fs;

use integration_tests::{Host, HostBuilder, Request, repository};

mod binary;
mod health;
mod images;
mod limits;
mod management;
mod predictions;
mod store;
mod tensors;
mod timeout;

/// A host with the digits model and no token plugin.
fn digits() -> Host {
    Host::builder().models("digits=digits.onnx").start()
}

/// How to start a host with models of a folder of the repository.
fn host_with(store: &str, models: &str) -> HostBuilder {
    Host::builder()
        .argument("--model-store")
        .argument(repository().join(store))
        .argument("--models")
        .argument(models)
}

/// The folder of the models that only tests use.
const FIXTURES: &str = "tests/fixtures/models";

/// One of the repository's samples, `3.png` for a three.
fn sample(digit: u8) -> Vec<u8> {
    let path = repository().join(format!("models/digits/samples/{digit}.png"));
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The likeliest class in the response to a request, and its probability.
#[track_caller]
fn prediction(host: &Host, request: &Request) -> (String, f64) {
    let response = host.inference(request);
    assert_eq!(response.status, 200, "{response:?}");
    let prediction = response.json();
    let classes = prediction.as_object().expect("an object");
    let likeliest = classes
        .iter()
        .map(|(class, probability)| (class, probability.as_f64().expect("a probability")))
        .max_by(|left, right| left.1.total_cmp(&right.1));
    let (class, probability) = likeliest.expect("a class");
    (class.to_owned(), probability)
}
