use super::{InvalidKeyLength, KeyLength};

#[test]
fn lengths_from_6_to_64_bytes_are_accepted() {
    for (text, bytes, characters) in [
        ("6", 6, 8),
        ("16", 16, 22),
        (" 32 ", 32, 43),
        ("64", 64, 86),
    ] {
        let length: KeyLength = text.parse().unwrap();
        assert_eq!((length.bytes(), length.characters()), (bytes, characters));
    }
}

#[test]
fn the_default_is_32_bytes() {
    assert_eq!(KeyLength::default(), KeyLength::from_bytes(32).unwrap());
}

#[test]
fn other_lengths_are_rejected() {
    for text in ["0", "5", "65", "4294967296"] {
        assert!(matches!(
            text.parse::<KeyLength>(),
            Err(InvalidKeyLength::Range { .. })
        ));
    }
    for text in [
        "",
        "-6",
        "6.5",
        "0x20",
        "thirty-two",
        "99999999999999999999999",
    ] {
        assert!(matches!(
            text.parse::<KeyLength>(),
            Err(InvalidKeyLength::Number(_))
        ));
    }
}

#[test]
fn less_than_128_bits_is_short() {
    assert!(KeyLength::from_bytes(15).unwrap().is_short());
    assert!(!KeyLength::from_bytes(16).unwrap().is_short());
}
