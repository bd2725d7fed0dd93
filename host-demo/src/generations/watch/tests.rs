use notify::event::{CreateKind, ModifyKind, RemoveKind, RenameMode};

use super::*;

#[test]
fn what_a_reload_does_itself_is_no_change() {
    for access in [
        AccessKind::Open(AccessMode::Any),
        AccessKind::Read,
        AccessKind::Close(AccessMode::Read),
    ] {
        assert!(!is_change(&EventKind::Access(access)), "{access:?}");
    }
}

#[test]
fn what_others_do_to_files_is_a_change() {
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
fn a_change_that_nobody_took_stands_for_all() {
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
fn a_folder_that_is_not_there_cannot_be_watched() {
    let folder = tempfile::tempdir().unwrap();
    assert!(FolderWatch::open(&folder.path().join("nothing")).is_err());
}

#[test]
fn nobody_waits_for_quiet_when_the_watch_ends() {
    let (sender, changes) = sync_channel(1);
    drop(sender);
    assert!(!wait_until_quiet(&changes));
}
