//! The folders of the process that runs a plugin, and the files in them.

use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::outcome::{Outcome, Wrote};

/// The number of files that are examined; a plugin that writes more has a finding anyway.
const FILES_MAX: usize = 1000;
const READABLE_BY_OTHERS: u32 = 0o077;

/// Empty folders, deleted at the end in every case.
#[derive(Debug)]
pub(super) struct Folders {
    parent: TempDir,
}

impl Folders {
    pub(super) fn create() -> io::Result<Self> {
        let parent = tempfile::Builder::new()
            .prefix("host-demo-plugin-check-")
            .tempdir()?;
        let folders = Self { parent };
        for folder in [
            folders.work(),
            folders.home(),
            folders.temporary(),
            folders.copies(),
        ] {
            fs::create_dir(folder)?;
        }
        Ok(folders)
    }

    /// Its working directory.
    pub(super) fn work(&self) -> PathBuf {
        self.parent.path().join("work")
    }

    /// `$HOME`.
    pub(super) fn home(&self) -> PathBuf {
        self.parent.path().join("home")
    }

    /// `$TMPDIR`.
    pub(super) fn temporary(&self) -> PathBuf {
        self.parent.path().join("tmp")
    }

    /// Where the copy of the library is.
    pub(super) fn copies(&self) -> PathBuf {
        self.parent.path().join("copies")
    }

    /// Checks the files that existed while it ran and those that exist after its end.
    pub(super) fn judge(&self, wrote: &Wrote) -> io::Result<Outcome> {
        for (folder, name) in [(self.home(), "$HOME"), (self.temporary(), "$TMPDIR")] {
            let outside = list(&folder)?;
            if !outside.is_empty() {
                return Ok(Outcome::failed(format!(
                    "left {} in {name}: expected files in its working folder, or where a setting names",
                    names(&outside)
                )));
            }
        }
        let mut in_use = wrote.files.iter();
        let open = in_use.find(|(_, mode)| *mode & READABLE_BY_OTHERS != 0);
        if let (true, Some((path, mode))) = (wrote.by_a_token_plugin, open) {
            return Ok(Outcome::failed(format!(
                "a token plugin wrote {} with mode {mode:04o}: expected 0600, for its owner only",
                path.display()
            )));
        }
        let left = list(&self.work())?;
        let in_use = &wrote.files;
        Ok(Outcome::ok(match (in_use.is_empty(), left.is_empty()) {
            (true, true) => "wrote none".to_owned(),
            (false, true) => format!("wrote {}, left none", names(in_use)),
            (true, false) => format!("left {}", names(&left)),
            (false, false) => format!("wrote {}, left {}", names(in_use), names(&left)),
        }))
    }
}

/// All files below a folder.
pub(super) fn list(folder: &Path) -> io::Result<BTreeMap<PathBuf, u32>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next)? {
            let path = entry?.path();
            let metadata = fs::symlink_metadata(&path)?;
            if metadata.is_dir() {
                open.push(path);
            } else if let Ok(name) = path.strip_prefix(folder) {
                found.insert(name.to_owned(), metadata.permissions().mode() & 0o7777);
            }
            if found.len() + open.len() > FILES_MAX {
                return Ok(found);
            }
        }
    }
    Ok(found)
}

fn names(listing: &BTreeMap<PathBuf, u32>) -> String {
    let names: Vec<_> = listing
        .keys()
        .map(|path| path.display().to_string())
        .collect();
    names.join(", ")
}
