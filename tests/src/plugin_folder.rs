use std::{
    env,
    ffi::OsStr,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::{Artifacts, write_file};

/// A folder for `--plugins-path`, deleted on drop.
#[derive(Debug)]
pub struct PluginFolder {
    folder: TempDir,
}

impl PluginFolder {
    /// An empty folder with mode 0755.
    #[must_use]
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        set_mode(folder.path(), 0o755);
        Self { folder }
    }

    /// Adds the library of a package, as built in the profile of the tests.
    #[must_use]
    pub fn with(self, package: &str) -> Self {
        self.with_built(Artifacts::of_the_tests(), package)
    }

    /// Adds the library of a package, as built there.
    #[must_use]
    pub fn with_built(self, artifacts: &Artifacts, package: &str) -> Self {
        self.with_named(artifacts, package, &library_name(package))
    }

    /// Adds the library of a package under another file name.
    #[must_use]
    pub fn with_named(self, artifacts: &Artifacts, package: &str, name: &str) -> Self {
        let copy = self.folder.path().join(name);
        fs::copy(artifacts.library(package), &copy).expect("the library can be copied");
        set_mode(&copy, 0o644);
        self
    }

    /// Adds a library that cargo did not build for the tests.
    #[must_use]
    pub fn with_library(self, library: &Path) -> Self {
        let name = library.file_name().and_then(OsStr::to_str);
        let content = fs::read(library).expect("the library can be read");
        self.with_file(name.expect("a name"), &content)
    }

    /// Writes any other file, with mode 0644.
    #[must_use]
    pub fn with_file(self, name: &str, content: &[u8]) -> Self {
        let path = self.folder.path().join(name);
        write_file(&path, content);
        set_mode(&path, 0o644);
        self
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where the library of a package is.
    #[must_use]
    pub fn library(&self, package: &str) -> PathBuf {
        self.folder.path().join(library_name(package))
    }

    /// Installs a library as `install` does: a new file replaces the old one.
    pub fn install(&self, name: &str, content: &[u8]) {
        let path = self.folder.path().join(name);
        let fresh = self.folder.path().join(format!(".{name}"));
        write_file(&fresh, content);
        set_mode(&fresh, 0o644);
        fs::rename(fresh, path).expect("a rename");
    }

    /// Installs another build of a package: the same code with other bytes.
    pub fn install_build(&self, package: &str, build: u32) {
        self.install(&library_name(package), &build_of(package, build));
    }

    /// Removes the library of a package.
    pub fn remove(&self, package: &str) {
        fs::remove_file(self.library(package)).expect("the library is there");
    }
}

impl Default for PluginFolder {
    fn default() -> Self {
        Self::new()
    }
}

/// The library of a package with some bytes appended, which are not read.
#[must_use]
pub fn build_of(package: &str, build: u32) -> Vec<u8> {
    let library = Artifacts::of_the_tests().library(package);
    let mut bytes = fs::read(library).expect("the library can be read");
    if build > 0 {
        bytes.extend_from_slice(format!("build {build}").as_bytes());
    }
    bytes
}

fn library_name(package: &str) -> String {
    format!(
        "{}{}{}",
        env::consts::DLL_PREFIX,
        package.replace('-', "_"),
        env::consts::DLL_SUFFIX
    )
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("the mode can be set");
}
