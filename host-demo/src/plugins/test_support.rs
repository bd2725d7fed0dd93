//! Files and rules for tests.

use std::{
    fs::{self, File, Permissions},
    io::Write,
    os::unix::fs::{PermissionsExt, chown},
    path::Path,
};

use tempfile::TempDir;

use super::{digest::Sha256, strict_modes::Rules};
use crate::config::PluginTrust;

const NOBODY: u32 = 65_534;

/// A folder that obeys the rules.
pub(super) fn folder() -> TempDir {
    tempfile::Builder::new()
        .permissions(Permissions::from_mode(0o755))
        .tempdir()
        .unwrap()
}

/// A file that obeys the rules.
pub(super) fn write(path: &Path, bytes: &[u8]) {
    let mut file = File::create(path).unwrap();
    file.write_all(bytes).unwrap();
    set_mode(path, 0o644);
}

pub(super) fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// The rules of this process.
pub(super) fn rules() -> Rules {
    Rules::new(&PluginTrust::default())
}

/// Rules by which the file belongs to a stranger: root gives it away, others take another user for
/// the server's.
pub(super) fn make_foreign(path: &Path) -> Rules {
    let rules = rules();
    if rules.server_user() == 0 {
        chown(path, Some(NOBODY), None).unwrap();
        rules
    } else {
        Rules::of_user(rules.server_user() + 1)
    }
}

/// The line of `sha256sum` for these bytes.
pub(super) fn listed(name: &str, bytes: &[u8]) -> String {
    format!("{}  {name}\n", Sha256::of(bytes))
}
