use std::{
    io,
    os::unix::ffi::OsStrExt as _,
    path::Path,
    time::{Duration, Instant, SystemTime},
};

use plugin_api::State;

use crate::{key::Key, keyring::Keys};

/// Of the format below. A build that writes another one gives it another number.
const VERSION: u32 = 1;

/// What a new build of this plugin continues with: a line with the path of the key file, then one for each key.
pub(crate) fn state(path: &Path, keys: &Keys) -> State {
    let mut bytes = path.as_os_str().as_bytes().to_vec();
    for key in [&keys.management, &keys.inference, &keys.api] {
        // The clock that cannot be set back belongs to this computer: both builds read the same one.
        let left = key.expires().map_or_else(String::new, |expires| {
            let left = expires.saturating_duration_since(Instant::now());
            left.as_nanos().to_string()
        });
        bytes.extend(format!("\n{} {left}", key.reveal()).bytes());
    }
    State::new(VERSION, bytes)
}

/// The keys of the build before, if they are in the same key file.
pub(crate) fn keys(path: &Path, state: &State) -> io::Result<Keys> {
    let refused = |reason| io::Error::new(io::ErrorKind::InvalidData, reason);
    let mut lines = state.bytes().rsplitn(4, |byte| *byte == b'\n');
    let (api, inference, management) = (lines.next(), lines.next(), lines.next());
    let is_ours = lines.next() == Some(path.as_os_str().as_bytes());
    if state.version() != VERSION || !is_ours {
        return Err(refused("the state is of another version or key file"));
    }
    let key = |line| key(line).ok_or_else(|| refused("the state is damaged"));
    Ok(Keys {
        management: key(management)?,
        inference: key(inference)?,
        api: key(api)?,
    })
}

fn key(line: Option<&[u8]>) -> Option<Key> {
    let (text, left) = std::str::from_utf8(line?).ok()?.split_once(' ')?;
    if left.is_empty() {
        return Some(Key::of_text(text.to_owned(), None, None));
    }
    let left = Duration::from_nanos(left.parse().ok()?);
    let expires = Some(Instant::now().checked_add(left)?);
    let expires_at = Some(SystemTime::now().checked_add(left)?);
    Some(Key::of_text(text.to_owned(), expires, expires_at))
}
