use super::Sha256;

const OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

#[test]
fn a_digest_is_written_as_by_sha256sum() {
    let digest = Sha256::of(b"abc");
    assert_eq!(digest.to_string(), OF_ABC);
    assert_eq!(digest.short(), "ba7816bf8f01cfea");
}

#[test]
fn digits_of_either_case_are_read() {
    assert_eq!(OF_ABC.parse(), Ok(Sha256::of(b"abc")));
    assert_eq!(OF_ABC.to_uppercase().parse(), Ok(Sha256::of(b"abc")));
}

#[test]
fn anything_but_64_digits_is_refused() {
    for text in [
        "",
        &OF_ABC[1..],
        &format!("{OF_ABC}0"),
        &"g".repeat(64),
        &"é".repeat(32),
    ] {
        assert_eq!(
            text.parse::<Sha256>(),
            Err("64 hexadecimal digits"),
            "{text}"
        );
    }
}
