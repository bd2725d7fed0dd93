use notify::event::{CreateKind, ModifyKind, RemoveKind, RenameMode};

use super::*;

#[test]
fn the_reads_of_a_reload_are_not_a_change() {
    for access in [
        AccessKind::Open(AccessMode::Any),
        AccessKind::Read,
        AccessKind::Close(AccessMode::Read),
    ] {
        assert!(!is_change(&EventKind::Access(access)), "{access:?}");
    }
}

#[test]
fn writes_of_others_are_a_change() {
    for kind in [
        EventKind::Create(CreateKind::File),
        EventKind::Modify(ModifyKind::Name(RenameMode::To)),
        EventKind::Access(AccessKind::Close(AccessMode::Write)),
        EventKind::Remove(RemoveKind::File),
        EventKind::Other,
    ] {
        assert!(is_change(&kind), "{kind:?}");
    }
}

#[test]
fn pending_changes_are_kept_as_one() {
    let (sender, changes) = sync_channel(1);
    for _ in 0..3 {
        let event = Event::new(EventKind::Remove(RemoveKind::File));
        tell(&sender, Ok(event));
    }
    tell(&sender, Err(notify::Error::generic("the queue is full")));

    assert!(changes.try_recv().is_ok());
    assert!(changes.try_recv().is_err());
}

#[test]
fn a_missing_folder_cannot_be_watched() {
    let folder = tempfile::tempdir().unwrap();
    assert!(FolderWatch::open(&folder.path().join("nothing")).is_err());
}

#[test]
fn the_end_of_the_watch_does_not_wait_for_quiet() {
    let (sender, changes) = sync_channel(1);
    drop(sender);
    assert!(!wait_until_quiet(&changes));
}
