use object::{Object, ObjectSegment};

use super::*;
use crate::plugins::{
    contract::CONTRACT,
    loading::inspect::inspect,
    test_support::{manifest, padded_plugin},
};

fn sealed() -> Vec<u8> {
    let mut bytes = padded_plugin(&manifest("demo", CONTRACT));
    seal(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_sealed_file_says_so_in_its_manifest_and_has_the_size_that_it_had() {
    let mut bytes = padded_plugin(&manifest("demo", CONTRACT));
    assert_eq!(inspect(&bytes).unwrap().segments_sha256, None);
    let length = bytes.len();
    let digest = seal(&mut bytes).unwrap();
    assert_eq!(inspect(&bytes).unwrap().segments_sha256, Some(digest));
    assert_eq!(bytes.len(), length);
}

/// The headers that are read before, and the name of the member, have errors of their own.
#[test]
fn no_changed_byte_of_a_segment_passes_unseen() {
    let whole = sealed();
    let before = inspect(&whole).unwrap();
    for place in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        if let Ok(found) = inspect(&bytes) {
            assert!(found.segments_sha256.is_none(), "byte {place}");
            assert_ne!(found, before);
        }
    }
}

#[test]
fn bytes_behind_the_segments_are_not_sealed() {
    let mut bytes = sealed();
    let file = object::File::parse(&*bytes).unwrap();
    assert_eq!(file.segments().count(), 1);
    let end = file.segments().map(|one| one.file_range().1).sum::<u64>();
    assert_eq!(end, bytes.len() as u64);
    bytes.extend(b"signature");
    assert!(inspect(&bytes).is_ok());
}

#[test]
fn without_room_behind_the_manifest_nothing_is_changed() {
    let whole = crate::plugins::test_support::plugin("demo");
    let mut bytes = whole.clone();
    let error = seal(&mut bytes).unwrap_err();
    assert!(matches!(error, SealError::NoRoom(_)), "{error}");
    assert_eq!(bytes, whole);
}

#[test]
fn what_is_no_elf_file_is_not_sealed() {
    assert!(matches!(seal(&mut [0; 64]), Err(SealError::Format)));
}
