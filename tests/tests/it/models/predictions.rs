//! `/predictions/{model}`.

use integration_tests::{Host, Listener, PluginFolder, get, post, put};

use super::{digits, prediction, sample};

fn form(field: &str, content: &[u8]) -> Vec<u8> {
    let mut body = format!(
        "--limit\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"x.png\"\r\n\
         Content-Type: image/png\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(content);
    body.extend_from_slice(b"\r\n--limit--\r\n");
    body
}

const FORM: &str = "multipart/form-data; boundary=limit";

/// Sent raw with PUT, as `curl -T` does.
#[test]
fn every_sample_is_recognised() {
    let host = digits();

    for digit in 0..10 {
        let request = put("/predictions/digits").body(sample(digit));
        let (class, probability) = prediction(&host, &request);
        assert_eq!(class, digit.to_string());
        assert!((0.5..=1.0).contains(&probability), "{digit}: {probability}");
    }
}

/// Also with a version in the path.
#[test]
fn the_raw_body_is_taken_with_post() {
    let host = digits();
    let models = host.management(&get("/models/digits")).json();
    let version = models[0]["modelVersion"]
        .as_str()
        .expect("a version")
        .to_owned();

    for target in [
        "/predictions/digits".to_owned(),
        format!("/predictions/digits/{version}"),
    ] {
        let request = post(&target)
            .header("Content-Type", "image/png")
            .body(sample(7));
        assert_eq!(prediction(&host, &request).0, "7");
    }
}

/// With POST and with PUT.
#[test]
fn the_multipart_field_data_is_taken() {
    let host = digits();

    for request in [post("/predictions/digits"), put("/predictions/digits")] {
        let request = request
            .header("Content-Type", FORM)
            .body(form("data", &sample(4)));
        assert_eq!(prediction(&host, &request).0, "4");
    }
}

#[test]
fn a_chunked_body_is_taken() {
    let host = digits();
    let image = sample(2);
    let mut connection = host.connect(Listener::Inference);

    connection.send(
        b"POST /predictions/digits HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    for chunk in image.chunks(50) {
        connection.send(format!("{:x}\r\n", chunk.len()).as_bytes());
        connection.send(chunk);
        connection.send(b"\r\n");
    }
    connection.send(b"0\r\n\r\n");

    let response = connection.receive();
    assert_eq!(response.status, 200, "{response:?}");
    assert!(
        response.json()["2"]
            .as_f64()
            .is_some_and(|probability| probability > 0.5)
    );
}

/// The message says what is expected.
#[test]
fn a_wrong_image_is_400() {
    let host = digits();
    let mut cut = sample(3);
    cut.truncate(cut.len() / 2);
    let gif = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;".to_vec();

    for body in [b"no image".to_vec(), vec![0; 64], cut, gif] {
        let response = host.inference(&post("/predictions/digits").body(body));
        assert_eq!(response.status, 400, "{response:?}");
        assert_eq!(response.json()["code"], 400);
        let message = response.json()["message"].to_string();
        assert!(message.contains("image"), "{message}");
    }
}

#[test]
fn a_request_without_an_image_is_400() {
    let host = digits();

    for request in [post("/predictions/digits"), get("/predictions/digits")] {
        let response = host.inference(&request);
        assert!(matches!(response.status, 400 | 405), "{response:?}");
    }
}

/// So is a malformed form.
#[test]
fn a_form_without_the_field_is_400() {
    let host = digits();
    let without = form("image", &sample(3));
    let cut = form("data", &sample(3))[..100].to_vec();

    for body in [without, cut, b"no form".to_vec()] {
        let request = post("/predictions/digits")
            .header("Content-Type", FORM)
            .body(body);
        let response = host.inference(&request);
        assert_eq!(response.status, 400, "{response:?}");
    }
}

#[test]
fn an_unknown_version_is_404() {
    let host = digits();
    let response = host.inference(&post("/predictions/digits/99.9").body(sample(3)));

    assert_eq!(response.status, 404, "{response:?}");
    assert_eq!(response.json()["type"], "ModelVersionNotFoundException");
    let message = response.json()["message"].to_string();
    assert!(
        message.contains("99.9") && message.contains("digits"),
        "{message}"
    );
}

#[test]
fn only_the_inference_key_reaches_the_model() {
    let host = Host::builder()
        .plugins(PluginFolder::new().with("token-plugin"))
        .models("digits=digits.onnx")
        .start();
    let request = put("/predictions/digits").body(sample(3));

    let allowed = crate::expect::who_may(&host, Listener::Inference, &request);
    assert_eq!(allowed, ["inference"]);
    let allowed = request.key(&host.keys().inference.key);
    assert_eq!(prediction(&host, &allowed).0, "3");
}

#[test]
fn predictions_at_the_same_time_do_not_mix() {
    let host = digits();

    std::thread::scope(|scope| {
        for digit in 0..10 {
            let host = &host;
            scope.spawn(move || {
                let request = put("/predictions/digits").body(sample(digit));
                for _ in 0..5 {
                    assert_eq!(prediction(host, &request).0, digit.to_string());
                }
            });
        }
    });
}
