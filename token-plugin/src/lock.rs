//! One server for one key file.

use std::{
    ffi::OsString,
    fs::{self, File, Permissions},
    io,
    os::unix::fs::{FileExt, PermissionsExt},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{FlockOperation, Mode, OFlags},
    io::Errno,
};

use self::{error::Holder, ticket::RECORD_BYTES_MAX};
pub(crate) use self::{error::LockError, ticket::Ticket};
use crate::owned_file::{Identity, inspect, inspect_path};

mod error;
#[cfg(test)]
mod tests;
mod ticket;

/// Holds the file `<key file>.lock`, which names this process, and deletes it when dropped as its
/// last holder.
///
/// The kernel lets go of the lock when the process ends, however it ends; a file that is left
/// behind holds nobody up.
///
/// # How a successor gets in and nobody else
/// Whoever takes the lock asks for an exclusive one, and keeps a shared one once it has it. Who
/// comes later asks for an exclusive one as well, and is refused; a successor in the same process
/// knows the [`Ticket`] in the file and asks for a shared one. So there is no moment at which
/// nobody holds it, whether the successor stays or is given up.
#[derive(Debug)]
pub(crate) struct KeyFileLock {
    path: PathBuf,
    file: File,
    ticket: Ticket,
    may_be_shared: bool,
    deletes_file: bool,
}

impl KeyFileLock {
    /// Takes the lock, without waiting for it.
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

    /// Holds the lock together with the predecessor in this process that gave the ticket. Writes
    /// nothing: should the successor be given up, the predecessor finds all as it was.
    ///
    /// # Errors
    /// The predecessor does not hold it, has replaced keys since, or is of another process.
    pub(crate) fn join(key_file: &Path, ticket: Ticket) -> Result<Self, LockError> {
        let path = lock_path(key_file);
        let file = open(&path, OFlags::empty())?;
        let mut lock = Self::unsettled(path, file, ticket);
        lock.may_be_shared = true;
        let mut join = || -> io::Result<bool> {
            let is_held = !flock(&lock.file, FlockOperation::NonBlockingLockExclusive)?;
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

    /// What a successor needs to [`join`](Self::join).
    pub(crate) const fn share(&mut self) -> Ticket {
        self.may_be_shared = true;
        self.ticket
    }

    /// Writes another ticket, and gives the one before, with which nobody joins any more.
    ///
    /// # Errors
    /// It cannot be written. The one before is in force, unless that cannot be written again either:
    /// then nobody joins.
    pub(crate) fn renew(&mut self) -> Result<Ticket, LockError> {
        let (before, renewed) = (self.ticket, Ticket::new());
        if let Err(source) = self.write_record(renewed) {
            // A part of it may be there.
            let _ = self.write_record(before);
            return Err(self.refused(source));
        }
        self.ticket = renewed;
        Ok(before)
    }

    /// Puts a ticket back for which nothing was done after all. If it cannot be written, nobody joins.
    pub(crate) fn put_back(&mut self, before: Ticket) {
        self.ticket = before;
        let _ = self.write_record(before);
    }

    /// Whether no successor and no predecessor holds it too. Asked once, at the end: who is not the
    /// last holder has let go of it by asking.
    pub(crate) fn is_last_holder(&self) -> bool {
        // While it asks, it may be that nobody holds it: another server that comes just then has it,
        // and the files are that server's.
        !self.may_be_shared
            || flock(&self.file, FlockOperation::NonBlockingLockExclusive).unwrap_or(false)
    }

    /// Lets go and leaves the file to whoever else holds it.
    pub(crate) fn let_go(mut self) {
        self.deletes_file = false;
    }

    /// Nothing if the file was deleted by its holder after it was opened here: a lock on it would
    /// keep out nobody who comes later, and the next attempt meets whoever has the new file. Nothing
    /// either if another one got in between the exclusive and the shared lock.
    fn attempt(path: &Path) -> Result<Option<Self>, LockError> {
        let mut lock = Self::begin(path)?;
        match lock.settle() {
            Ok(true) => Ok(Some(lock)),
            Ok(false) => Ok(None),
            Err(source) => Err(lock.refused(source)),
        }
    }

    /// With an exclusive lock and a record, which only who has that lock can write.
    fn begin(path: &Path) -> Result<Self, LockError> {
        let file = open(path, OFlags::CREATE)?;
        let lock = Self::unsettled(path.to_owned(), file, Ticket::new());
        match flock(&lock.file, FlockOperation::NonBlockingLockExclusive) {
            Ok(true) => {}
            Ok(false) => return Err(lock.held()),
            Err(source) => return Err(lock.refused(source)),
        }
        let write = || {
            // Creation leaves it to the umask: who comes later must be able to read it.
            let mode = Permissions::from_mode((Mode::RUSR | Mode::WUSR).bits());
            lock.file.set_permissions(mode)?;
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

    /// Takes the shared lock, and says whether that means anything.
    ///
    /// The kernel makes a shared lock of an exclusive one by letting go in between. Several may come
    /// through that gap one after the other, and hold shared locks then; the one whose record was
    /// written last is the one that has it. Nobody writes after it, because that takes an exclusive
    /// lock.
    fn settle(&mut self) -> io::Result<bool> {
        self.deletes_file =
            flock(&self.file, FlockOperation::NonBlockingLockShared)? && self.is_in_force()?;
        Ok(self.deletes_file)
    }

    fn is_in_force(&self) -> io::Result<bool> {
        let mut found = [0; RECORD_BYTES_MAX];
        let found = read_record(&self.file, &mut found)?;
        Ok(found == self.ticket.record().as_bytes() && self.is_in_place()?)
    }

    fn is_in_place(&self) -> io::Result<bool> {
        let held = Identity::of(&self.file.metadata()?);
        match Identity::of_path(&self.path) {
            Ok(named) => Ok(named == held),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Over what was there, and then the rest away: a reader finds a number at any time.
    fn write_record(&self, ticket: Ticket) -> io::Result<()> {
        let record = ticket.record();
        self.file.write_all_at(record.as_bytes(), 0)?;
        self.file.set_len(record.len() as u64)
    }

    fn held(&self) -> LockError {
        let mut record = [0; RECORD_BYTES_MAX];
        let process_id = read_record(&self.file, &mut record)
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
        // While the lock is still held: whoever takes it next looks whether the file is in place.
        // If it cannot be deleted it stays, and holds nobody up.
        if self.deletes_file && self.is_last_holder() && self.is_in_place().unwrap_or(false) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn lock_path(key_file: &Path) -> PathBuf {
    let mut path = OsString::from(key_file);
    path.push(".lock");
    PathBuf::from(path)
}

/// Whether the lock was to be had. Not the standard library's, which leaves open what happens to a
/// lock that is already held.
fn flock(file: &File, operation: FlockOperation) -> io::Result<bool> {
    match rustix::fs::flock(file, operation) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn open(path: &Path, creation: OFlags) -> Result<File, LockError> {
    // Not blocking, and not following: should a fifo or a symlink take the place just now.
    let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK | creation;
    let open = || -> io::Result<(File, fs::Metadata)> {
        let file = File::from(rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR)?);
        let metadata = file.metadata()?;
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

fn read_record<'a>(file: &File, buffer: &'a mut [u8; RECORD_BYTES_MAX]) -> io::Result<&'a [u8]> {
    let length = file.read_at(buffer, 0)?;
    Ok(buffer.get(..length).unwrap_or_default())
}

/// How often the file may be taken away from under an attempt.
const ATTEMPTS_MAX: usize = 16;
