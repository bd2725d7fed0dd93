//! A request of the Open Inference Protocol: an error, or tensors with as many elements as their shape says,
//! and as the JSON has numbers.
#![no_main]

use bytes::Bytes;
use fuzz::input::Input;
use host_demo::fuzzing::models::infer;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input::new(bytes);
    let binary_bytes = usize::from(input.byte());
    let body = input.rest();
    let json_bytes = body.len().saturating_sub(binary_bytes);
    assert!(infer(Bytes::copy_from_slice(body), body.len() + 1).is_none());
    let request =
        infer(Bytes::copy_from_slice(body), json_bytes).expect("not longer than its body");
    let tensors = match request {
        Ok(tensors) => tensors,
        Err(error) => {
            assert!(error.len() < 4096, "{error}");
            return;
        }
    };
    assert_eq!(tensors.len(), 2);
    for tensor in &tensors {
        assert_eq!(tensor.elements, tensor.shape.iter().product::<usize>());
    }
    // What is in members that are not used may be more than this type takes.
    let Ok(json) = serde_json::from_slice::<Value>(&body[..json_bytes]) else {
        return;
    };
    let inputs = json["inputs"].as_array().expect("inputs");
    assert_eq!(inputs.len(), tensors.len());
    for input in inputs {
        let index = usize::from(input["name"] == "INT64");
        let shape: Vec<_> = input["shape"].as_array().expect("a shape").iter().collect();
        let lengths: Vec<_> = tensors[index]
            .shape
            .iter()
            .map(|&one| Value::from(one))
            .collect();
        assert!(shape.into_iter().eq(&lengths));
        if let Some(data) = input.get("data").filter(|data| !data.is_null()) {
            assert_eq!(numbers(data), tensors[index].elements);
        }
    }
});

fn numbers(data: &Value) -> usize {
    match data {
        Value::Array(items) => items.iter().map(numbers).sum(),
        _ => 1,
    }
}
