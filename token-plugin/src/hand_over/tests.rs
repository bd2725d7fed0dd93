use std::{
    ffi::OsString,
    os::unix::ffi::OsStringExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use plugin_api::State;
use proptest::prelude::*;
use token_core::{Deadline, ExpiringKey, Expiry, Key, KeyLength, Keys, SystemRandom};

use super::{BYTES_MAX_WITHOUT_PATH, HandOver, HandOverError, VERSION};
use crate::{lock::Ticket, owned_file::Identity};

fn deadlines() -> impl Strategy<Value = Deadline> {
    // Within the years that can be written.
    (0..=250_000_000_000_000_000_i64, any::<i64>(), any::<bool>()).prop_map(
        |(wall_micros, boot_micros, has_expired)| Deadline {
            wall_micros,
            boot_micros,
            has_expired,
        },
    )
}

fn key(bytes: usize) -> Key {
    Key::generate(KeyLength::from_bytes(bytes).unwrap(), &mut SystemRandom).unwrap()
}

fn expiring() -> impl Strategy<Value = Arc<ExpiringKey>> {
    (deadlines(), KeyLength::MIN_BYTES..=KeyLength::MAX_BYTES).prop_map(|(deadline, bytes)| {
        Arc::new(ExpiringKey {
            key: key(bytes),
            expiry: Expiry::at(deadline).unwrap(),
        })
    })
}

fn any_hand_over() -> impl Strategy<Value = HandOver> {
    let paths = proptest::collection::vec(1u8.., 1..300)
        .prop_map(|bytes| PathBuf::from(OsString::from_vec(bytes)));
    let identities = proptest::option::of((any::<u64>(), any::<u64>()));
    (
        any::<u32>(),
        any::<u64>(),
        paths,
        identities,
        expiring(),
        expiring(),
    )
        .prop_map(
            |(process_id, ticket, path, identity, management, inference)| HandOver {
                process_id,
                ticket: Ticket::from_bits(ticket),
                path,
                key_file: identity.map(|(device, inode)| Identity { device, inode }),
                keys: Arc::new(Keys {
                    management,
                    inference,
                    api: Arc::new(key(KeyLength::MAX_BYTES)),
                }),
            },
        )
}

proptest! {
    #[test]
    fn what_is_written_down_is_read_again(written in any_hand_over()) {
        let read = HandOver::from_state(&written.to_state()).unwrap();
        prop_assert_eq!(read.process_id, written.process_id);
        prop_assert_eq!(read.ticket, written.ticket);
        prop_assert_eq!(&read.path, &written.path);
        prop_assert_eq!(read.key_file, written.key_file);
        for (read, written) in [
            (&read.keys.management, &written.keys.management),
            (&read.keys.inference, &written.keys.inference),
        ] {
            prop_assert_eq!(read.key.secret_text(), written.key.secret_text());
            prop_assert_eq!(read.expiry.deadline(), written.expiry.deadline());
            prop_assert_eq!(read.expiry.text(), written.expiry.text());
        }
        prop_assert_eq!(read.keys.api.secret_text(), written.keys.api.secret_text());
    }

    #[test]
    fn a_buffer_with_keys_never_grows(written in any_hand_over()) {
        let bytes = written.to_bytes();
        prop_assert_eq!(bytes.capacity(), BYTES_MAX_WITHOUT_PATH + written.path.as_os_str().len());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        // What is read is written down as the same bytes: there is one form only.
        if let Some(read) = HandOver::from_bytes(&bytes) {
            prop_assert_eq!(read.to_bytes(), bytes);
        }
    }

    #[test]
    fn bytes_that_are_nearly_right_are_read_or_refused(
        written in any_hand_over(),
        position in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = written.to_bytes();
        let position = position.index(bytes.len());
        bytes[position] = byte;
        if let Some(read) = HandOver::from_bytes(&bytes) {
            prop_assert_eq!(read.to_bytes(), bytes);
        }
    }

    #[test]
    fn what_is_cut_off_or_too_long_is_refused(
        written in any_hand_over(),
        length in any::<prop::sample::Index>(),
    ) {
        let mut bytes = written.to_bytes();
        let cut_off = &bytes[..length.index(bytes.len())];
        prop_assert!(HandOver::from_bytes(cut_off).is_none());
        bytes.push(0);
        prop_assert!(HandOver::from_bytes(&bytes).is_none());
    }

    #[test]
    fn debug_shows_no_key(written in any_hand_over()) {
        let shown = format!("{written:?}");
        let api = str::from_utf8(written.keys.api.secret_text()).unwrap();
        prop_assert!(!shown.contains(api));
    }

    #[test]
    fn another_process_or_another_key_file_is_refused(written in any_hand_over()) {
        let HandOver { process_id, path, .. } = &written;
        prop_assert!(written.check(*process_id, path).is_ok());
        let process = written.check(process_id.wrapping_add(1), path);
        let is_refused = matches!(process, Err(HandOverError::Process { .. }));
        prop_assert!(is_refused);
        let path = written.check(*process_id, Path::new("/"));
        let is_refused = matches!(path, Err(HandOverError::Path { .. }));
        prop_assert!(is_refused);
    }

    #[test]
    fn another_version_is_refused_whatever_the_bytes(
        written in any_hand_over(),
        version in any::<u32>().prop_filter("another", |version| *version != VERSION),
    ) {
        let read = HandOver::from_state(&State::new(version, written.to_bytes()));
        let is_refused = matches!(read, Err(HandOverError::Version { found }) if found == version);
        prop_assert!(is_refused);
    }
}
