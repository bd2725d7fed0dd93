//! Where the repository is.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The top folder, wherever the task was started, without symbolic links: so a process that runs in
/// it names it. `cargo xtask` says where the package lies now, which counts more than where it lay
/// when it was compiled.
pub(crate) fn root() -> PathBuf {
    let package = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let root = package.parent().map_or_else(PathBuf::new, Path::to_owned);
    root.canonicalize().unwrap_or(root)
}
