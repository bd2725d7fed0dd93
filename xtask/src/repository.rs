//! The folder of the repository.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The top folder, independent of the working directory and without symbolic links, as a process
/// that runs in it sees it. `cargo xtask` passes where the package is now, which overrides where it
/// was compiled.
pub(crate) fn root() -> PathBuf {
    let package = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let root = package.parent().map_or_else(PathBuf::new, Path::to_owned);
    root.canonicalize().unwrap_or(root)
}

/// Where cargo builds, for what is to go with the build.
pub(crate) fn target() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    root().join(target.unwrap_or_else(|| "target".into()))
}
