//! The commands to try. `session.md` contains them as in README; addresses and paths are replaced
//! for a server that was started with other settings.

use std::path::Path;

use crate::host::Announcement;

#[cfg(test)]
mod tests;

const SESSION: &str = include_str!("session.md");
const INFERENCE: &str = "127.0.0.1:8080";
const MANAGEMENT: &str = "127.0.0.1:8081";
const KEY_FILE: &str = "key_file.json";

/// What to do with a server that is ready. Commands are indented by four spaces.
pub(crate) fn describe(root: &Path, host: &Announcement) -> String {
    let Some(key_file) = &host.key_file else {
        return "\nThe server wrote no keys; see its log. Ctrl-C stops it.\n\n".to_owned();
    };
    let address = |found: Option<std::net::SocketAddr>, default: &str| {
        found.map_or_else(|| default.to_owned(), |address| address.to_string())
    };
    let session = SESSION
        .replace(INFERENCE, &address(host.inference, INFERENCE))
        .replace(MANAGEMENT, &address(host.management, MANAGEMENT));
    // The commands run in the repository's folder.
    let relative = key_file.strip_prefix(root).unwrap_or(key_file);
    let session = session.replace(KEY_FILE, &quoted(relative));
    format!(
        "\nWhile the server runs, the keys are in {}. In another terminal:\n\n    cd {}\n\n{session}\n\
         Ctrl-C stops the server and deletes the keys.\n\n",
        root.join(key_file).display(),
        quoted(root),
    )
}

/// A path, quoted if a shell would split it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    if text.bytes().all(is_plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
