//! The store of the keys.

use std::error::Error;

use crate::{
    active::Subscriber,
    hand_over::Reader,
    keys::Keys,
    snapshot::{Revision, Snapshot, Version},
};

/// Where the keys of a [`Keyring`](crate::Keyring) are kept: a file of this process, or a store that
/// several processes share.
///
/// # Threading
/// The keyring calls one function at a time; they may block. Checks of keys call none of them.
pub trait KeyStore: Send + 'static {
    /// Why an operation of the store failed.
    type Error: Error + Send + Sync + 'static;

    /// The data that a successor in the same process needs to continue with the store.
    type Claim: Claim;

    /// Receives where to put the keys that other processes publish, from
    /// [`load`](Self::load) or [`take_over`](Self::take_over) on until [`retire`](Self::retire) or
    /// [`close`](Self::close). Called once, before every other function.
    ///
    /// A store to which only this process writes ignores it.
    fn watch(&mut self, subscriber: Subscriber) {
        drop(subscriber);
    }

    /// Takes the store into use, if that is not done yet, and reads the keys that are in it.
    ///
    /// No change is lost between this and what [`watch`](Self::watch) reports. A store that is
    /// written and never read returns none.
    ///
    /// # Errors
    /// The store belongs to another server, or cannot be read.
    fn load(&mut self) -> Result<Option<Snapshot>, Self::Error>;

    /// Replaces the keys with the revision `based_on`, or none, by these keys, atomically.
    ///
    /// When it returns, the keys are stored, and no other keyring over this store accepts a key
    /// that is replaced: each has the new keys or is not [fresh](Version::fresh_until) any more.
    ///
    /// # Errors
    /// [`PublishError::Conflict`] if the store holds another revision. After any error the store is
    /// as it was.
    fn publish(
        &mut self,
        keys: &Keys,
        based_on: Option<Revision>,
    ) -> Result<Version, PublishError<Self::Error>>;

    /// What a successor in the same process needs to go on with the keys of this version, if the
    /// store is in use. Changes nothing: if the successor fails, this store goes on.
    ///
    /// `version` may be older than what is stored by now: a store that is shared must remember the
    /// version in its claim, so that the successor does not take older keys for the newest.
    fn hand_over(&mut self, version: &Version) -> Option<Self::Claim>;

    /// Goes on with the store of a predecessor in the same process, together with it until it
    /// [retires](Self::retire) or this one is closed. Returns the version of the keys that were
    /// handed over.
    ///
    /// # Errors
    /// The claim is for another store, or keys were published since. This store is as it was.
    fn take_over(&mut self, claim: Self::Claim) -> Result<Version, Self::Error>;

    /// Leaves the store to the successor that took it over.
    fn retire(&mut self);

    /// Ends the use of the store, and deletes what no other keyring uses. Not called after
    /// [`retire`](Self::retire).
    ///
    /// # Errors
    /// Something could not be deleted.
    fn close(&mut self) -> Result<(), Self::Error>;
}

/// A store's part of what a keyring [hands over](KeyStore::hand_over), as bytes in which two builds
/// may differ.
pub trait Claim: Sized {
    /// Appends it.
    fn write(&self, bytes: &mut Vec<u8>);

    /// Reads what [`write`](Self::write) appended; `None` for anything else.
    fn read(reader: &mut Reader<'_>) -> Option<Self>;
}

/// Why keys were not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError<E> {
    /// Other keys were published meanwhile.
    #[error("other keys were published meanwhile")]
    Conflict,
    /// The store's own error.
    #[error(transparent)]
    Store(#[from] E),
}
