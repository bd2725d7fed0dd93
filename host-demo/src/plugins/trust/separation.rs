//! Checks that the server writes nothing into the plugins folder.
//!
//! Otherwise, a user who controls what the server writes, and where, could make it run code.
//! Vault's audit log, written into its plugin folder, became code that way (CVE-2025-6000).

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::config::Config;

#[cfg(test)]
mod tests;

const KEY_FILE: &str = "token_key_file";
/// TorchServe's, in the working directory.
const KEY_FILE_DEFAULT: &str = "key_file.json";

/// Checks the folder of the key file, the model store, the folder for copies of plugins, and the
/// files to which the standard streams are redirected.
///
/// # Errors
/// One of them is, or is in, the plugins folder.
pub(crate) fn check(folder: &Path, config: &Config) -> Result<(), WritesIntoPlugins> {
    // Opening the folder reports that it is missing.
    let Ok(plugins) = fs::canonicalize(folder) else {
        return Ok(());
    };
    for WrittenPath { what, path, remedy } in written_paths(config) {
        if destination(&path).starts_with(&plugins) {
            return Err(WritesIntoPlugins {
                what,
                path,
                plugins,
                remedy,
            });
        }
    }
    Ok(())
}

/// The server would write into the folder from which it loads code.
#[derive(Debug, thiserror::Error)]
#[error("{what} {} is in the plugins path {}, whose files are executed: {remedy}", path.display(), plugins.display())]
pub struct WritesIntoPlugins {
    what: &'static str,
    path: PathBuf,
    plugins: PathBuf,
    remedy: &'static str,
}

struct WrittenPath {
    what: &'static str,
    path: PathBuf,
    remedy: &'static str,
}

fn written_paths(config: &Config) -> Vec<WrittenPath> {
    let key_file = config.settings.lookup(KEY_FILE);
    let key_file = key_file.map_or(KEY_FILE_DEFAULT, |setting| setting.value.trim());
    let key_file = absolute(Path::new(key_file));
    // The file itself is replaced, so a link at its path is not followed.
    let mut written_paths = vec![WrittenPath {
        what: "folder of the key file",
        path: key_file.parent().unwrap_or(&key_file).to_owned(),
        remedy: "choose another one with token_key_file=PATH",
    }];
    written_paths.extend(config.model_store.clone().map(|path| WrittenPath {
        what: "model store",
        path,
        remedy: "choose another one with --model-store DIR",
    }));
    written_paths.extend(
        config
            .plugin_trust
            .cache_path
            .clone()
            .map(|path| WrittenPath {
                what: "folder for copies of plugins",
                path,
                remedy: "choose another one with --plugins-cache-path DIR",
            }),
    );
    // Without `/proc` the targets of the streams are unknown.
    for (what, stream) in [
        ("standard output", "/proc/self/fd/1"),
        ("log", "/proc/self/fd/2"),
    ] {
        written_paths.extend(fs::read_link(stream).ok().map(|path| WrittenPath {
            what,
            path,
            remedy: "redirect it to another folder",
        }));
    }
    written_paths
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// The target of a path, even if its last components do not exist yet.
fn destination(path: &Path) -> PathBuf {
    let absolute = absolute(path);
    for existing in absolute.ancestors() {
        let Ok(canonical) = fs::canonicalize(existing) else {
            continue;
        };
        return match absolute.strip_prefix(existing) {
            Ok(rest) => canonical.join(rest),
            Err(_) => canonical,
        };
    }
    absolute
}
