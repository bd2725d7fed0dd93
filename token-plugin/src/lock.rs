//! The lock that gives a key file to one server.

use std::{
    ffi::OsString,
    fs::File,
    io,
    path::{Path, PathBuf},
};

use self::{error::Holder, ticket::RECORD_BYTES_MAX};
pub(crate) use self::{error::LockError, ticket::Ticket};
use crate::{
    file_system::{self, Creation, Lock},
    owned_file::{Identity, inspect, inspect_path},
};

mod error;
#[cfg(test)]
mod tests;
mod ticket;

/// Holds the file `<key file>.lock`, which names this process, and deletes it when the last holder
/// drops it.
///
/// The kernel releases the lock when the process ends, however it ends; a file that is left behind
/// blocks no server.
///
/// # How a successor gets the lock and no other server
/// A server acquires an exclusive lock, and keeps a shared one once it has it. Another server tries
/// to acquire an exclusive one as well, and fails; a successor in the same process knows the
/// [`Ticket`] in the file and acquires a shared one. So at every moment some process holds the
/// lock, whether the successor stays or is dropped.
#[derive(Debug)]
pub(crate) struct KeyFileLock {
    path: PathBuf,
    file: File,
    ticket: Ticket,
    may_be_shared: bool,
    deletes_file: bool,
}

impl KeyFileLock {
    /// Acquires the lock without waiting.
    ///
    /// # Errors
    /// Another server holds it, or the lock file cannot be used.
    pub(crate) fn acquire(key_file: &Path) -> Result<Self, LockError> {
        let path = lock_path(key_file);
        inspect_path(&path).map_err(|source| LockError::Unfit {
            path: path.clone(),
            source,
        })?;
        for _ in 0..ATTEMPTS_MAX {
            if let Some(lock) = Self::attempt(&path)? {
                return Ok(lock);
            }
        }
        Err(LockError::Contended { path })
    }

    /// Holds the lock together with the predecessor in this process that handed over the ticket.
    /// Writes nothing: if the successor is dropped, everything is as it was for the predecessor.
    ///
    /// # Errors
    /// The predecessor does not hold it, has replaced keys since, or belongs to another process.
    pub(crate) fn join(key_file: &Path, ticket: Ticket) -> Result<Self, LockError> {
        let path = lock_path(key_file);
        let file = open(&path, Creation::Never)?;
        let mut lock = Self::unsettled(path, file, ticket);
        lock.may_be_shared = true;
        let mut join = || -> io::Result<bool> {
            let is_held = !file_system::lock(&lock.file, Lock::Exclusive)?;
            Ok(is_held && lock.settle()?)
        };
        match join() {
            Ok(true) => Ok(lock),
            Ok(false) => Err(LockError::NotHandedOver {
                path: lock.path.clone(),
            }),
            Err(source) => Err(lock.refused(source)),
        }
    }

    /// The ticket with which a successor can [`join`](Self::join).
    pub(crate) const fn share(&mut self) -> Ticket {
        self.may_be_shared = true;
        self.ticket
    }

    /// Writes a new ticket and returns the previous one, with which no successor can join any more.
    ///
    /// # Errors
    /// Another program deleted or replaced the lock file, so that another server may have the key
    /// file by now. Or the ticket cannot be written: then the previous one is valid again, or, if it
    /// cannot be written either, no successor can join.
    pub(crate) fn renew(&mut self) -> Result<Ticket, LockError> {
        match self.is_in_place() {
            Ok(true) => {}
            Ok(false) => {
                return Err(LockError::Lost {
                    path: self.path.clone(),
                });
            }
            Err(source) => return Err(self.refused(source)),
        }
        let (before, renewed) = (self.ticket, Ticket::new());
        if let Err(source) = self.write_record(renewed) {
            // A part of it may be there.
            let _ = self.write_record(before);
            return Err(self.refused(source));
        }
        self.ticket = renewed;
        Ok(before)
    }

    /// Makes the previous ticket valid again, because no keys were replaced after all. If it cannot
    /// be written, no successor can join.
    pub(crate) fn restore(&mut self, before: Ticket) {
        self.ticket = before;
        let _ = self.write_record(before);
    }

    /// Whether neither a successor nor a predecessor holds it too. To be called once, at the end: the
    /// call releases the lock if this is not the last holder.
    pub(crate) fn is_last_holder(&self) -> bool {
        // No holder may keep it during the call: another server that acquires it just then has it,
        // and the files belong to that server.
        !self.may_be_shared || file_system::lock(&self.file, Lock::Exclusive).unwrap_or(false)
    }

    /// Releases the lock and leaves the file to the other holder.
    pub(crate) fn release(mut self) {
        self.deletes_file = false;
    }

    /// `None` if the file was deleted by its holder after it was opened here: a lock on it would
    /// exclude no server later, and the next attempt finds the holder of the new file. `None` as well if
    /// another server acquired the lock between the exclusive and the shared one.
    fn attempt(path: &Path) -> Result<Option<Self>, LockError> {
        let mut lock = Self::begin(path)?;
        match lock.settle() {
            Ok(true) => Ok(Some(lock)),
            Ok(false) => Ok(None),
            Err(source) => Err(lock.refused(source)),
        }
    }

    /// Acquires the exclusive lock and writes the record, which only its holder does.
    fn begin(path: &Path) -> Result<Self, LockError> {
        let file = open(path, Creation::IfMissing)?;
        let lock = Self::unsettled(path.to_owned(), file, Ticket::new());
        match file_system::lock(&lock.file, Lock::Exclusive) {
            Ok(true) => {}
            Ok(false) => return Err(lock.held()),
            Err(source) => return Err(lock.refused(source)),
        }
        let write = || {
            // The umask may have removed permissions, and other servers of this user must be able to
            // read it.
            file_system::set_mode(&lock.file)?;
            lock.write_record(lock.ticket)
        };
        write().map_err(|source| lock.refused(source))?;
        Ok(lock)
    }

    const fn unsettled(path: PathBuf, file: File, ticket: Ticket) -> Self {
        Self {
            path,
            file,
            ticket,
            may_be_shared: false,
            deletes_file: false,
        }
    }

    /// Acquires the shared lock, and returns whether this server is the one that has the key file.
    ///
    /// The kernel releases an exclusive lock before it grants a shared one. Several servers can pass
    /// through that gap one after the other, and hold shared locks then; the one whose record was
    /// written last has the key file. No server writes after it, because that requires an exclusive
    /// lock.
    fn settle(&mut self) -> io::Result<bool> {
        self.deletes_file = file_system::lock(&self.file, Lock::Shared)? && self.is_in_force()?;
        Ok(self.deletes_file)
    }

    fn is_in_force(&self) -> io::Result<bool> {
        let mut found = [0; RECORD_BYTES_MAX];
        let found = file_system::read(&self.file, &mut found)?;
        Ok(found == self.ticket.record().as_bytes() && self.is_in_place()?)
    }

    fn is_in_place(&self) -> io::Result<bool> {
        let held = Identity::of(&file_system::metadata(&self.file)?);
        Ok(Identity::at(&self.path)? == Some(held))
    }

    fn write_record(&self, ticket: Ticket) -> io::Result<()> {
        file_system::overwrite(&self.file, ticket.record().as_bytes())
    }

    fn held(&self) -> LockError {
        let mut record = [0; RECORD_BYTES_MAX];
        let process_id = file_system::read(&self.file, &mut record)
            .ok()
            .and_then(ticket::process_id);
        LockError::Held {
            path: self.path.clone(),
            holder: Holder(process_id),
        }
    }

    fn refused(&self, source: io::Error) -> LockError {
        LockError::Io {
            path: self.path.clone(),
            source,
        }
    }
}

impl Drop for KeyFileLock {
    fn drop(&mut self) {
        // While the lock is still held: the next server that acquires it checks whether the file
        // exists. If it cannot be deleted it stays, and blocks no server.
        if self.deletes_file && self.is_last_holder() && self.is_in_place().unwrap_or(false) {
            let _ = file_system::remove(&self.path);
        }
    }
}

fn lock_path(key_file: &Path) -> PathBuf {
    let mut path = OsString::from(key_file);
    path.push(".lock");
    PathBuf::from(path)
}

fn open(path: &Path, creation: Creation) -> Result<File, LockError> {
    let open = || {
        let file = file_system::open(path, creation)?;
        let metadata = file_system::metadata(&file)?;
        Ok((file, metadata))
    };
    let (file, metadata) = open().map_err(|source| LockError::Io {
        path: path.to_owned(),
        source,
    })?;
    inspect(&metadata).map_err(|source| LockError::Unfit {
        path: path.to_owned(),
        source,
    })?;
    Ok(file)
}

/// How often the file may be deleted during an attempt before acquiring it fails.
const ATTEMPTS_MAX: usize = 16;
