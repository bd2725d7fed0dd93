//! A store in memory that several keyrings share, as replicas share a database: it holds bytes,
//! reports changes to its members, and loses the connection to them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use zeroize::Zeroizing;

use crate::{
    Claim, Clock, Expiry, KeyStore, Keys, Lifetime, PublishError, Reader, Revision, Snapshot,
    Subscriber, Version,
    hand_over::{read_keys, write_keys},
    testing::ManualClock,
};

/// What the members share.
pub(super) struct SharedMemory {
    clock: ManualClock,
    /// How long a member's keys are fresh after it read them; always, if there is only one member.
    time_to_live: Option<Lifetime>,
    content: Mutex<Content>,
}

#[derive(Default)]
struct Content {
    stored: Option<(Revision, Zeroizing<Vec<u8>>)>,
    members: BTreeMap<MemberId, Member>,
    next_id: MemberId,
    is_broken: bool,
}

type MemberId = u32;

struct Member {
    subscriber: Subscriber,
    is_connected: bool,
}

impl SharedMemory {
    pub(super) fn new(clock: &ManualClock, time_to_live: Option<Lifetime>) -> Arc<Self> {
        Arc::new(Self {
            clock: clock.clone(),
            time_to_live,
            content: Mutex::default(),
        })
    }

    /// The store of one keyring, and the number under which it is connected once it is in use.
    pub(super) fn member(self: &Arc<Self>) -> (MemberStore, MemberId) {
        let mut content = self.content.lock().unwrap();
        let id = content.next_id;
        content.next_id += 1;
        let store = MemberStore {
            memory: Arc::clone(self),
            id,
            subscriber: None,
        };
        (store, id)
    }

    /// From now on nothing can be published, or it can again.
    pub(super) fn set_broken(&self, is_broken: bool) {
        self.content.lock().unwrap().is_broken = is_broken;
    }

    /// From now on nothing is reported to this member.
    pub(super) fn disconnect(&self, id: MemberId) {
        let mut content = self.content.lock().unwrap();
        content.members.get_mut(&id).unwrap().is_connected = false;
    }

    /// The member reads the keys, as it does at regular intervals.
    pub(super) fn reconnect(&self, id: MemberId) {
        let mut content = self.content.lock().unwrap();
        let snapshot = self.snapshot(&content).unwrap();
        let member = content.members.get_mut(&id).unwrap();
        member.is_connected = true;
        member.subscriber.update(snapshot);
    }

    /// The keys that a member would read now.
    pub(super) fn read(&self) -> Option<Snapshot> {
        self.snapshot(&self.content.lock().unwrap())
    }

    /// A report that was delayed reaches its member.
    pub(super) fn report(&self, id: MemberId, snapshot: Snapshot) {
        let subscriber = {
            let content = self.content.lock().unwrap();
            content.members[&id].subscriber.clone()
        };
        subscriber.update(snapshot);
    }

    pub(super) fn members(&self) -> usize {
        self.content.lock().unwrap().members.len()
    }

    fn snapshot(&self, content: &Content) -> Option<Snapshot> {
        let (revision, bytes) = content.stored.as_ref()?;
        Some(Snapshot {
            keys: read_keys(&mut Reader::new(bytes)).unwrap(),
            version: self.version(*revision),
        })
    }

    fn version(&self, revision: Revision) -> Version {
        let fresh_until = self
            .time_to_live
            .map(|lifetime| Arc::new(Expiry::after(lifetime, self.clock.read()).unwrap()));
        Version {
            revision,
            fresh_until,
        }
    }
}

/// The store of one keyring.
pub(super) struct MemberStore {
    memory: Arc<SharedMemory>,
    id: MemberId,
    subscriber: Option<Subscriber>,
}

impl MemberStore {
    fn join(&self, content: &mut Content) {
        content.members.entry(self.id).or_insert_with(|| Member {
            subscriber: self.subscriber.clone().unwrap(),
            is_connected: true,
        });
    }

    fn leave(&self) {
        self.memory.content.lock().unwrap().members.remove(&self.id);
    }
}

impl KeyStore for MemberStore {
    type Error = Broken;
    type Claim = RevisionClaim;

    fn watch(&mut self, subscriber: Subscriber) {
        self.subscriber = Some(subscriber);
    }

    fn load(&mut self) -> Result<Option<Snapshot>, Broken> {
        let mut content = self.memory.content.lock().unwrap();
        self.join(&mut content);
        Ok(self.memory.snapshot(&content))
    }

    fn publish(
        &mut self,
        keys: &Keys,
        based_on: Option<Revision>,
    ) -> Result<Version, PublishError<Broken>> {
        let mut content = self.memory.content.lock().unwrap();
        if content.is_broken {
            return Err(Broken.into());
        }
        let current = content.stored.as_ref().map(|(revision, _)| *revision);
        if current != based_on {
            return Err(PublishError::Conflict);
        }
        let revision = current.map_or(Revision::FIRST, Revision::next);
        let mut bytes = Zeroizing::default();
        write_keys(keys, &mut bytes);
        content.stored = Some((revision, bytes));

        let snapshot = self.memory.snapshot(&content).unwrap();
        let (connected, disconnected): (Vec<_>, Vec<_>) = content
            .members
            .values()
            .partition(|member| member.is_connected);
        for member in connected {
            member.subscriber.update(snapshot.clone());
        }
        // A member that does not respond is waited for until its keys are no longer fresh.
        if let (Some(lifetime), false) = (self.memory.time_to_live, disconnected.is_empty()) {
            self.memory.clock.run(lifetime.micros());
        }
        Ok(snapshot.version)
    }

    fn hand_over(&mut self, version: &Version) -> Option<RevisionClaim> {
        Some(RevisionClaim(version.revision))
    }

    fn take_over(&mut self, claim: RevisionClaim) -> Result<Version, Broken> {
        let mut content = self.memory.content.lock().unwrap();
        match &content.stored {
            Some((revision, _)) if *revision == claim.0 => {
                self.join(&mut content);
                Ok(self.memory.version(claim.0))
            }
            _ => Err(Broken),
        }
    }

    fn retire(&mut self) {
        self.leave();
    }

    fn close(&mut self) -> Result<(), Broken> {
        self.leave();
        if self.memory.content.lock().unwrap().is_broken {
            return Err(Broken);
        }
        Ok(())
    }
}

/// Which keys were handed over.
pub(super) struct RevisionClaim(Revision);

impl Claim for RevisionClaim {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.0.get().to_ne_bytes());
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let number = u64::from_ne_bytes(reader.array()?);
        Some(Self(Revision::new(number)))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the memory is broken")]
pub(super) struct Broken;
