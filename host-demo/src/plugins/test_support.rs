//! Files and rules for tests.

use std::{
    fs::{self, File, Permissions},
    io::Write,
    os::unix::fs::{PermissionsExt, chown},
    path::Path,
    sync::Arc,
    time::SystemTime,
};

use abi_stable::library::ROOT_MODULE_LOADER_NAME;
use plugin_api::abi::RawLifecycleBox;
use tempfile::TempDir;

use super::{
    contract::CONTRACT,
    digest::Sha256,
    running::{
        lifecycle::PluginLifecycle,
        loaded::{Identity, LoadedPlugin},
        plugin_settings::PluginSettings,
    },
    trust::permissions::Rules,
};
use crate::config::PluginTrust;

mod elf;

const UNPRIVILEGED_USER: u32 = 65_534;

/// A folder that satisfies the rules.
pub(super) fn folder() -> TempDir {
    tempfile::Builder::new()
        .permissions(Permissions::from_mode(0o755))
        .tempdir()
        .unwrap()
}

/// A file that satisfies the rules.
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

/// Rules by which the file belongs to another user: root changes its owner, others use another user
/// as that of the server.
pub(super) fn make_foreign(path: &Path) -> Rules {
    let rules = rules();
    if rules.server_user() == 0 {
        chown(path, Some(UNPRIVILEGED_USER), None).unwrap();
        rules
    } else {
        Rules::of_user(rules.server_user() + 1)
    }
}

/// A library for this machine with a manifest and these exported names, but no code.
pub(super) fn library(manifest: &str, exports: &[&str]) -> Vec<u8> {
    elf::library(
        plugin_api::manifest::SECTION,
        format!("{}\n{manifest}", plugin_api::manifest::MAGIC).as_bytes(),
        exports,
    )
}

/// A plugin by its headers only: every check before the load accepts it.
pub(super) fn plugin(name: &str) -> Vec<u8> {
    library(&manifest(name, CONTRACT), &[ROOT_MODULE_LOADER_NAME])
}

/// As [`plugin`], with the NUL bytes behind its manifest that `export_plugin!` leaves.
pub(super) fn padded_plugin(manifest: &str) -> Vec<u8> {
    let length = plugin_api::manifest::MANIFEST_BYTES - plugin_api::manifest::MAGIC.len() - 1;
    let padding = "\0".repeat(length - manifest.len());
    library(&format!("{manifest}{padding}"), &[ROOT_MODULE_LOADER_NAME])
}

/// The manifest of a plugin without endpoints.
pub(super) fn manifest(name: &str, contract: &str) -> String {
    format!(
        r#"{{"name":"{name}","version":"0.1.0","contract":"{contract}","compiler":"rustc","endpoints":[]}}"#
    )
}

/// An open plugin without endpoints, which is shut down as the test requires.
pub(crate) fn loaded_plugin(name: &str, lifecycle: RawLifecycleBox) -> LoadedPlugin {
    LoadedPlugin {
        identity: Identity {
            file: format!("{name}.so").into(),
            sha256: Sha256::of(name.as_bytes()),
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            contract: CONTRACT.to_owned(),
            compiler: "rustc".to_owned(),
        },
        endpoints: Vec::new(),
        token: None,
        generation: 1,
        since: SystemTime::UNIX_EPOCH,
        settings: Arc::new(PluginSettings::new(Arc::default())),
        lifecycle: Arc::new(PluginLifecycle::new(lifecycle, false)),
    }
}

/// The line of `sha256sum` for these bytes.
pub(super) fn listed(name: &str, bytes: &[u8]) -> String {
    format!("{}  {name}\n", Sha256::of(bytes))
}
