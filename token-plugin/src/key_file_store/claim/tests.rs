use std::{ffi::OsString, os::unix::ffi::OsStringExt, path::PathBuf};

use proptest::prelude::*;
use token_core::{Claim, Reader};

use super::KeyFileClaim;
use crate::{lock::Ticket, owned_file::Identity};

fn any_claim() -> impl Strategy<Value = KeyFileClaim> {
    let paths = proptest::collection::vec(1u8.., 1..300)
        .prop_map(|bytes| PathBuf::from(OsString::from_vec(bytes)));
    let identities = proptest::option::of((any::<u64>(), any::<u64>()));
    (any::<u64>(), paths, identities).prop_map(|(ticket, path, identity)| KeyFileClaim {
        ticket: Ticket::from_bits(ticket),
        path,
        key_file: identity.map(|(device, inode)| Identity { device, inode }),
    })
}

fn encoded(claim: &KeyFileClaim) -> Vec<u8> {
    let mut bytes = Vec::new();
    claim.write(&mut bytes);
    bytes
}

fn decoded(bytes: &[u8]) -> Option<KeyFileClaim> {
    let mut reader = Reader::new(bytes);
    KeyFileClaim::read(&mut reader).filter(|_| reader.is_at_end())
}

#[test]
fn the_format_is_that_of_earlier_builds() {
    let claim = KeyFileClaim {
        ticket: Ticket::from_bits(1),
        path: "/keys".into(),
        key_file: Some(Identity {
            device: 2,
            inode: 3,
        }),
    };
    let mut form = Vec::new();
    form.extend_from_slice(&1_u64.to_ne_bytes());
    form.extend_from_slice(&5_u16.to_ne_bytes());
    form.extend_from_slice(b"/keys");
    form.push(1);
    form.extend_from_slice(&2_u64.to_ne_bytes());
    form.extend_from_slice(&3_u64.to_ne_bytes());
    assert_eq!(encoded(&claim), form);
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded_again(claim in any_claim()) {
        prop_assert_eq!(decoded(&encoded(&claim)), Some(claim));
    }

    #[test]
    fn any_bytes_are_decoded_or_rejected(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        // Decoded bytes are encoded as the same bytes: there is only one format.
        if let Some(claim) = decoded(&bytes) {
            prop_assert_eq!(encoded(&claim), bytes);
        }
    }

    #[test]
    fn truncated_or_too_long_bytes_are_rejected(
        claim in any_claim(),
        length in any::<prop::sample::Index>(),
    ) {
        let mut bytes = encoded(&claim);
        prop_assert_eq!(decoded(&bytes[..length.index(bytes.len())]), None);
        bytes.push(0);
        prop_assert_eq!(decoded(&bytes), None);
    }
}
