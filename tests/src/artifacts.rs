use std::{
    collections::HashMap,
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::LazyLock,
};

use serde_json::Value;

/// The profile of a build.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Profile {
    /// `dev`.
    Debug,
    /// `release`.
    Release,
}

impl Profile {
    /// The profile that the tests themselves were built with.
    #[must_use]
    pub const fn of_the_tests() -> Self {
        if cfg!(debug_assertions) {
            Self::Debug
        } else {
            Self::Release
        }
    }

    /// The other profile than that of the tests.
    #[must_use]
    pub const fn other() -> Self {
        match Self::of_the_tests() {
            Self::Debug => Self::Release,
            Self::Release => Self::Debug,
        }
    }
}

/// The artifacts of cargo: the host, and the library of each plugin.
#[derive(Debug)]
pub struct Artifacts {
    executables: HashMap<String, PathBuf>,
    libraries: HashMap<String, PathBuf>,
}

impl Artifacts {
    /// The workspace in the profile of the tests, built on first use; cargo's own lock serializes
    /// processes.
    #[must_use]
    pub fn of_the_tests() -> &'static Self {
        static BUILT: LazyLock<Artifacts> =
            LazyLock::new(|| Artifacts::build(Profile::of_the_tests(), &["--workspace"]));
        &BUILT
    }

    /// The host and the token plugin in the other profile, built on first use.
    #[must_use]
    pub fn of_the_other_profile() -> &'static Self {
        static BUILT: LazyLock<Artifacts> = LazyLock::new(|| {
            Artifacts::build(
                Profile::other(),
                &["--package=host-demo", "--package=token-plugin"],
            )
        });
        &BUILT
    }

    /// The binary `host-demo`.
    #[must_use]
    pub fn host(&self) -> &Path {
        self.executables
            .get("host-demo")
            .expect("cargo reported no binary host-demo")
    }

    /// The shared library of a package.
    #[must_use]
    pub fn library(&self, package: &str) -> &Path {
        self.libraries
            .get(&package.replace('-', "_"))
            .unwrap_or_else(|| panic!("cargo reported no cdylib of {package}"))
    }

    fn build(profile: Profile, selection: &[&str]) -> Self {
        let mut cargo = cargo();
        cargo
            .arg("build")
            .arg("--message-format=json")
            .args(selection);
        if profile == Profile::Release {
            cargo.arg("--release");
        }
        if env::var_os("CI").is_some() {
            cargo.arg("--locked");
        }
        let output = cargo.output().expect("cargo starts");
        assert!(
            output.status.success(),
            "cargo build ended with {}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        Self::from_messages(&String::from_utf8_lossy(&output.stdout))
    }

    fn from_messages(messages: &str) -> Self {
        let mut built = Self {
            executables: HashMap::new(),
            libraries: HashMap::new(),
        };
        for line in messages.lines() {
            let message: Value = serde_json::from_str(line).expect("cargo writes JSON lines");
            if message["reason"] == "compiler-artifact" {
                built.add(&message);
            }
        }
        built
    }

    fn add(&mut self, artifact: &Value) {
        let Some(name) = artifact["target"]["name"].as_str() else {
            return;
        };
        if let Some(path) = artifact["executable"].as_str() {
            self.executables.insert(name.to_owned(), path.into());
        }
        let files = artifact["filenames"].as_array().into_iter().flatten();
        let mut paths = files.filter_map(Value::as_str).map(PathBuf::from);
        let is_shared = |path: &PathBuf| {
            path.extension()
                .is_some_and(|ending| ending == env::consts::DLL_EXTENSION)
        };
        let kinds = artifact["target"]["kind"].as_array();
        let is_cdylib = kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == "cdylib"));
        if let (true, Some(path)) = (is_cdylib, paths.find(is_shared)) {
            self.libraries.insert(name.to_owned(), path);
        }
    }
}

/// The top folder of the repository.
#[must_use]
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the package lies in the workspace")
}

fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(repository())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    cargo
}
