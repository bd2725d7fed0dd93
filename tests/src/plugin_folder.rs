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
    /// A folder with mode 0755 and nothing in it.
    #[must_use]
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        set_mode(folder.path(), 0o755);
        Self { folder }
    }

    /// Copies the library of a package in, as built in the profile of the tests.
    #[must_use]
    pub fn with(self, package: &str) -> Self {
        self.with_built(Artifacts::of_the_tests(), package)
    }

    /// Copies the library of a package in, as built there.
    #[must_use]
    pub fn with_built(self, artifacts: &Artifacts, package: &str) -> Self {
        self.with_named(artifacts, package, &library_name(package))
    }

    /// Copies the library of a package in under another file name.
    #[must_use]
    pub fn with_named(self, artifacts: &Artifacts, package: &str, name: &str) -> Self {
        let copy = self.folder.path().join(name);
        fs::copy(artifacts.library(package), &copy).expect("the library can be copied");
        set_mode(&copy, 0o644);
        self
    }

    /// Copies a library in that cargo did not build for the tests.
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

    /// Puts a library in as `install` does: a new file takes the place of the old one.
    pub fn install(&self, name: &str, content: &[u8]) {
        let path = self.folder.path().join(name);
        let fresh = self.folder.path().join(format!(".{name}"));
        write_file(&fresh, content);
        set_mode(&fresh, 0o644);
        fs::rename(fresh, path).expect("a rename");
    }

    /// Puts another build of a package in: the same code in other bytes.
    pub fn install_build(&self, package: &str, build: u32) {
        self.install(&library_name(package), &build_of(package, build));
    }

    /// Takes the library of a package out.
    pub fn remove(&self, package: &str) {
        fs::remove_file(self.library(package)).expect("the library is there");
    }
}

impl Default for PluginFolder {
    fn default() -> Self {
        Self::new()
    }
}

/// The library of a package and some bytes behind it, which nothing reads.
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
