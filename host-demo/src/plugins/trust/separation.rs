//! Nothing that the server writes may land where plugins are loaded from.
//!
//! Whoever can choose what the server writes, and where, would choose what it runs: Vault's audit
//! log, written into its plugin folder, became code that way (CVE-2025-6000).

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

/// Checks the folder of the key file, the model store, the folder for copies of plugins, and what the standard
/// streams are redirected to.
///
/// # Errors
/// One of them is, or is in, the plugins folder.
pub(crate) fn check(folder: &Path, config: &Config) -> Result<(), WritesIntoPlugins> {
    // Whoever opens the folder says that it is not there.
    let Ok(plugins) = fs::canonicalize(folder) else {
        return Ok(());
    };
    for Place { what, path, remedy } in places(config) {
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

/// The server would write where it loads code from.
#[derive(Debug, thiserror::Error)]
#[error("{what} {} is in the plugins path {}, whose files are run: {remedy}", path.display(), plugins.display())]
pub struct WritesIntoPlugins {
    what: &'static str,
    path: PathBuf,
    plugins: PathBuf,
    remedy: &'static str,
}

struct Place {
    what: &'static str,
    path: PathBuf,
    remedy: &'static str,
}

fn places(config: &Config) -> Vec<Place> {
    let key_file = config.settings.lookup(KEY_FILE);
    let key_file = key_file.map_or(KEY_FILE_DEFAULT, |setting| setting.value.trim());
    let key_file = absolute(Path::new(key_file));
    // The file itself is replaced, so a link at its place leads nowhere else.
    let mut places = vec![Place {
        what: "folder of the key file",
        path: key_file.parent().unwrap_or(&key_file).to_owned(),
        remedy: "choose another one with token_key_file=PATH",
    }];
    places.extend(config.model_store.clone().map(|path| Place {
        what: "model store",
        path,
        remedy: "choose another one with --model-store DIR",
    }));
    places.extend(config.plugin_trust.cache_path.clone().map(|path| Place {
        what: "folder for copies of plugins",
        path,
        remedy: "choose another one with --plugins-cache-path DIR",
    }));
    // Where there is no such folder, nobody tells where the streams go.
    for (what, stream) in [
        ("standard output", "/proc/self/fd/1"),
        ("log", "/proc/self/fd/2"),
    ] {
        places.extend(fs::read_link(stream).ok().map(|path| Place {
            what,
            path,
            remedy: "redirect it elsewhere",
        }));
    }
    places
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Where a path leads, also if its end is not there yet.
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
