use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::Path,
    time::SystemTime,
};

use crate::{key::Key, keyring::Keys};

/// Writes the keys in TorchServe's form: to a new file, which then replaces the old one atomically, so that a reader
/// sees the old keys or the new ones. Only its owner can read it, from the first byte. Returns the file, which is
/// [`hold`]ed.
pub(crate) fn write(path: &Path, keys: &Keys) -> io::Result<File> {
    let mut new_path = path.as_os_str().to_owned();
    new_path.push(".new");
    let _ = fs::remove_file(&new_path);
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new_path)?;
    file.write_all(text(keys).as_bytes())?;
    file.sync_all()?;
    hold(&file)?;
    fs::rename(&new_path, path)?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()?;
    Ok(file)
}

/// Marks the file as in use, until it is closed. Two builds hold it while one takes over from the other.
pub(crate) fn hold(file: &File) -> io::Result<()> {
    file.lock_shared()
}

/// Deletes the file at the path if it is this one, and no other build holds it: the build before goes on if its
/// successor is given up. Another file was written by another build, whose keys are in force.
pub(crate) fn delete(path: &Path, held: &File) {
    // As long as the file is open, no other file gets its number.
    let identity = |found: fs::Metadata| (found.dev(), found.ino());
    let is_in_place = match (held.metadata(), fs::symlink_metadata(path)) {
        (Ok(held), Ok(found)) => identity(held) == identity(found),
        _ => false,
    };
    if is_in_place && held.unlock().is_ok() && held.try_lock().is_ok() {
        // An error cannot be reported here, and keys that are not valid any more may stay in the file.
        let _ = fs::remove_file(path);
    }
}

fn text(keys: &Keys) -> String {
    let members = [
        member("management", &keys.management),
        member("inference", &keys.inference),
        member("API", &keys.api),
    ];
    format!("{{\n{}\n}}\n", members.join(",\n"))
}

fn member(name: &str, key: &Key) -> String {
    let expiration = key.expires_at().map_or_else(String::new, |instant| {
        format!(",\n    \"expiration time\": \"{}\"", rfc3339(instant))
    });
    let key = key.reveal();
    format!("  \"{name}\": {{\n    \"key\": \"{key}\"{expiration}\n  }}")
}

/// `2024-02-16T21:12:24Z`. The calendar is that of Howard Hinnant's `civil_from_days`.
fn rfc3339(time: SystemTime) -> String {
    let seconds = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let (days, second) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_instant_is_written_as_rfc_3339_requires() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_708_117_944, "2024-02-16T21:12:24Z"),
        ] {
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            assert_eq!(rfc3339(time), text);
        }
    }
}
