use super::{BodyBuffer, MAPPED_BYTES_MIN};

/// Different bytes, so that none can take the place of another unnoticed.
fn bytes(count: usize) -> Vec<u8> {
    (0..=250).cycle().take(count).collect()
}

#[test]
fn pieces_of_any_size_become_one() {
    for (count, piece) in [
        (0, 1),
        (10, 3),
        (MAPPED_BYTES_MIN - 1, 1000),
        (MAPPED_BYTES_MIN, MAPPED_BYTES_MIN),
        (MAPPED_BYTES_MIN * 5 + 7, 10_000),
    ] {
        for expected in [0, count / 2, count] {
            let mut buffer = BodyBuffer::new();
            buffer.reserve(expected).unwrap();
            assert!(buffer.is_empty());
            for piece in bytes(count).chunks(piece) {
                buffer.push(piece).unwrap();
            }
            assert_eq!(buffer.into_bytes(), bytes(count), "{count} {expected}");
        }
    }
}

#[test]
fn large_bytes_have_memory_of_the_system() {
    let mut buffer = BodyBuffer::new();
    buffer.push(&bytes(MAPPED_BYTES_MIN - 1)).unwrap();
    assert!(matches!(buffer, BodyBuffer::Small(_)));
    buffer.push(b"x").unwrap();
    assert!(matches!(buffer, BodyBuffer::Mapped(_)));
}

#[test]
fn memory_that_the_system_does_not_have_is_an_error() {
    let mut buffer = BodyBuffer::new();
    assert!(buffer.reserve(usize::MAX / 4).is_err());
    buffer.push(b"still there").unwrap();
    assert_eq!(buffer.into_bytes(), b"still there"[..]);
}
