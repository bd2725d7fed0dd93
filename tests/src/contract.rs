//! Plugins and a host of other contracts than that of this repository, built from the frozen ones.

use std::{
    env::{
        self,
        consts::{DLL_PREFIX, DLL_SUFFIX, EXE_SUFFIX},
    },
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Mutex, PoisonError},
};

pub use self::variant::{Edit, Variant};
use crate::{Artifacts, repository, write_file};

mod variant;

/// Where the frozen contracts are, from the top of the repository.
const FROZEN: &str = "tests/contracts";

/// The folders of a frozen workspace that get a name of their own in each variant.
const FOLDERS: [&str; 3] = ["plugin-api", "plugin", "host"];

/// The library of a plugin of this contract, built on first use.
///
/// All variants share the folder in which the crates that they depend on are built. Cargo tells packages of one name and
/// version apart by where they are in their workspace, so each variant has folders with a name of its own.
#[must_use]
pub fn library(variant: &Variant) -> PathBuf {
    let package = format!("contract_plugin_{}", variant.name);
    let file = format!("{DLL_PREFIX}{package}{DLL_SUFFIX}");
    build(variant, &package).join(file)
}

/// The program that does with a plugin what a host of contract 1.0 does, built on first use.
#[must_use]
pub fn host_of_1_0() -> PathBuf {
    build(&Variant::V1_0, "contract-host").join(format!("contract-host{EXE_SUFFIX}"))
}

/// Builds a package of a variant; returns the folder with the result.
fn build(variant: &Variant, package: &str) -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let built = target().join("build");
    let workspace = target().join(variant.name);
    let frozen = repository().join(FROZEN).join(variant.frozen.folder);
    copy(&frozen, &workspace, variant);
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--offline", "--locked", "--package", package])
        .arg("--manifest-path")
        .arg(workspace.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&built)
        .stdin(Stdio::null())
        .output()
        .expect("cargo starts");
    assert!(
        output.status.success(),
        "{}: {}",
        variant.name,
        String::from_utf8_lossy(&output.stderr)
    );
    built.join("debug")
}

/// Within the folder that contains what was built for the tests.
fn target() -> PathBuf {
    let host = Artifacts::of_the_tests().host();
    let target = host.parent().and_then(Path::parent);
    target.expect("target/debug/host-demo").join("contracts")
}

fn copy(from: &Path, to: &Path, variant: &Variant) {
    let mut files = Vec::new();
    list(from, Path::new(""), &mut files);
    let mut edits: Vec<&Edit> = variant.edits.iter().collect();
    for file in files {
        let mut text = fs::read_to_string(from.join(&file)).expect("a text file");
        let path = file.to_str().expect("UTF-8");
        edits.retain(|edit| {
            let is_here = edit.file == path;
            if is_here {
                text = edit.apply(&text, variant.name);
            }
            !is_here
        });
        text = own_names(&text, path, variant);
        let target = to.join(own_folder(path, variant));
        fs::create_dir_all(target.parent().expect("a folder")).expect("the folder can be made");
        // Unchanged files keep their time, so that cargo does not build them again.
        if fs::read_to_string(&target).ok().as_deref() != Some(&text) {
            write_file(&target, text.as_bytes());
        }
    }
    assert!(
        edits.is_empty(),
        "{}: no such file: {edits:?}",
        variant.name
    );
}

fn list(top: &Path, folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(top.join(folder)).expect("the frozen contract") {
        let path = folder.join(entry.expect("an entry").file_name());
        if top.join(&path).is_dir() {
            list(top, &path, files);
        } else {
            files.push(path);
        }
    }
}

fn own_folder(path: &str, variant: &Variant) -> String {
    FOLDERS
        .iter()
        .find_map(|folder| {
            let rest = path.strip_prefix(folder)?.strip_prefix('/')?;
            Some(format!("{folder}-{}/{rest}", variant.name))
        })
        .unwrap_or_else(|| path.to_owned())
}

/// The names of the folders and of the plugin, which must be unique in a plugins folder; and the
/// contract's version.
fn own_names(text: &str, path: &str, variant: &Variant) -> String {
    let Variant {
        name,
        version,
        frozen,
        ..
    } = variant;
    let was = frozen.version;
    match path {
        "Cargo.toml" => FOLDERS.iter().fold(text.to_owned(), |text, folder| {
            text.replace(&format!("{folder:?}"), &format!("\"{folder}-{name}\""))
        }),
        "plugin/Cargo.toml" | "host/Cargo.toml" => text
            .replace(
                r#"name = "contract-plugin""#,
                &format!(r#"name = "contract_plugin_{name}""#),
            )
            .replace(
                &format!(r#"path = "../plugin-api", version = "{was}""#),
                &format!(r#"path = "../plugin-api-{name}", version = "{version}""#),
            ),
        "plugin-api/Cargo.toml" => text.replace(
            &format!("\nversion = \"{was}\""),
            &format!("\nversion = \"{version}\""),
        ),
        "Cargo.lock" => text
            .replace(
                r#"name = "contract-plugin""#,
                &format!(r#"name = "contract_plugin_{name}""#),
            )
            .replace(
                &format!("name = \"endpoint-plugin-api\"\nversion = \"{was}\""),
                &format!("name = \"endpoint-plugin-api\"\nversion = \"{version}\""),
            ),
        _ => text.to_owned(),
    }
}
