use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    time::SystemTime,
};

use crate::{key::Key, keyring::Keys};

/// Writes the keys in TorchServe's form: to a new file, which then replaces the old one atomically, so that a reader
/// sees the old keys or the new ones. Only its owner can read it, from the first byte.
pub(crate) fn write(path: &Path, keys: &Keys) -> io::Result<()> {
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
    fs::rename(&new_path, path)?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
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
