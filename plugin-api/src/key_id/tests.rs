use super::*;

const DIGEST: [u8; 32] = {
    let mut digest = [0xFF; 32];
    digest[0] = 1;
    digest[7] = 2;
    digest
};

#[test]
fn it_is_the_beginning_of_the_digest() {
    let id = NonZeroU64::new(0x01FF_FFFF_FFFF_FF02);
    assert_eq!(key_id(&DIGEST, 16), id);
    assert_eq!(name_id(&DIGEST), id);
}

#[test]
fn a_key_that_could_be_guessed_by_its_id_has_none() {
    assert_eq!(key_id(&DIGEST, 15), None);
    assert_eq!(key_id(&DIGEST, 6), None);
}

#[test]
fn a_digest_that_begins_with_zeros_has_none() {
    assert_eq!(key_id(&[0; 32], 32), None);
}
