//! The key file, while a plugin that was replaced ends.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use host_sync::OnceFlag;
use rustix::fs::{Access, access};

use crate::{
    config::Settings,
    plugins::{LoadedPlugin, PLUGINS},
};

#[cfg(test)]
mod tests;

/// The setting that names the file, and its default.
const SETTING: &str = "token_key_file";
const DEFAULT: &str = "key_file.json";

/// A key file that was there when a generation was complete. A plugin that was replaced may delete it, and then
/// nobody knows the keys in force.
#[derive(Clone, Debug)]
pub(super) struct KeyFileInPlace {
    path: PathBuf,
    /// Of all clones.
    is_reported: Arc<OnceFlag>,
    /// Set before the plugins that serve end with the server and delete the file.
    is_ending: Arc<OnceFlag>,
}

impl KeyFileInPlace {
    /// None if there is none: then the keys are elsewhere. `is_ending`: whether the server deletes it.
    pub(super) fn found(settings: &Settings, is_ending: &Arc<OnceFlag>) -> Option<Self> {
        let set = settings.lookup(SETTING).map(|setting| setting.value.trim());
        let path = PathBuf::from(set.unwrap_or(DEFAULT));
        is_readable(&path).then(|| Self {
            path,
            is_reported: Arc::default(),
            is_ending: Arc::clone(is_ending),
        })
    }

    /// Logs, once, that the file is gone after a plugin has ended. Returns whether it is there.
    pub(super) fn check_after(&self, ended: &LoadedPlugin) -> bool {
        let is_there = is_readable(&self.path);
        if !is_there && !self.is_ending.is_set() && self.is_reported.set() {
            tracing::warn!(
                target: PLUGINS,
                "key file {} is gone after the replaced plugin {} has ended: nobody can read the keys in \
                 force; restart the server to get new ones",
                self.path.display(),
                ended.identity.file.display()
            );
        }
        is_there
    }
}

fn is_readable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file()) && access(path, Access::READ_OK).is_ok()
}
