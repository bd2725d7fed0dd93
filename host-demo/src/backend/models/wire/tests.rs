use std::{fs, path::Path};

use proptest::prelude::*;

use super::{WireError, check_model};

/// A value with a length: tag, length, content.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![number << 3 | 2];
    let mut length = content.len();
    while length >= 0x80 {
        bytes.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
        length >>= 7;
    }
    bytes.push(u8::try_from(length).unwrap());
    bytes.extend(content);
    bytes
}

fn digits() -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/digits");
    fs::read(folder.join("digits.onnx")).unwrap()
}

#[test]
fn a_real_model_is_well_formed() {
    assert_eq!(check_model(&digits()), Ok(()));
}

#[test]
fn a_length_beyond_its_message_is_refused_at_every_level() {
    let too_long = [1 << 3 | 2, 0xff, 0xff, 0xff, 0x7f];
    let in_graph = field(7, &too_long);
    let in_node = field(7, &field(1, &too_long));
    let in_tensor = field(7, &field(5, &too_long));
    let in_input = field(
        7,
        &field(11, &field(2, &field(1, &field(2, &field(1, &too_long))))),
    );
    for file in [too_long.to_vec(), in_graph, in_node, in_tensor, in_input] {
        assert_eq!(check_model(&file), Err(WireError::Length));
    }
}

#[test]
fn an_unterminated_number_is_refused() {
    assert_eq!(check_model(&[0xff; 1000]), Err(WireError::Number));
    let packed_dims = field(7, &field(5, &field(1, &[0xff; 20])));
    assert_eq!(check_model(&packed_dims), Err(WireError::Number));
}

#[test]
fn the_largest_number_is_accepted_and_a_larger_one_refused() {
    let largest = [&[1 << 3], &[0xff; 9][..], &[0x01]].concat();
    assert_eq!(check_model(&largest), Ok(()));
    let larger = [&[1 << 3], &[0xff; 9][..], &[0x02]].concat();
    assert_eq!(check_model(&larger), Err(WireError::Number));
}

#[test]
fn groups_are_refused() {
    assert_eq!(check_model(&[1 << 3 | 3]), Err(WireError::Kind));
}

#[test]
fn graphs_may_nest_up_to_the_limit() {
    let nested = |levels| {
        let graph = (0..levels).fold(Vec::new(), |graph, _| {
            field(1, &field(5, &field(6, &graph)))
        });
        field(7, &graph)
    };
    assert_eq!(check_model(&nested(5)), Ok(()));
    assert_eq!(check_model(&nested(20)), Err(WireError::Depth));
}

proptest! {
    #[test]
    fn no_bytes_make_the_check_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _verdict = check_model(&bytes).is_ok();
    }
}
