//! Plugins of other contracts than the one of this repository, built from the frozen one.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Mutex, PoisonError},
};

pub use self::variant::{Edit, Variant};
use crate::{Artifacts, repository, write_file};

mod variant;

/// Where contract 1.0 is, from the top of the repository.
const FROZEN: &str = "tests/contracts/v1_0";

/// The library of a plugin of this contract, built on first use.
///
/// All variants share the folder in which the crates that they depend on are built. Cargo tells packages of one name and
/// version apart by where they are in their workspace, so each variant has folders with a name of its own.
#[must_use]
pub fn library(variant: &Variant) -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let built = target().join("build");
    let workspace = target().join(variant.name);
    copy(&repository().join(FROZEN), &workspace, variant);
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--offline", "--locked", "--manifest-path"])
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
    let name = format!("contract_plugin_{}", variant.name);
    built.join("debug").join(format!(
        "{}{name}{}",
        env::consts::DLL_PREFIX,
        env::consts::DLL_SUFFIX
    ))
}

/// Within the folder that holds what was built for the tests.
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
        // What is the same keeps its time, so that cargo does not build it again.
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
    ["plugin-api", "plugin"]
        .iter()
        .find_map(|folder| {
            let rest = path.strip_prefix(folder)?.strip_prefix('/')?;
            Some(format!("{folder}-{}/{rest}", variant.name))
        })
        .unwrap_or_else(|| path.to_owned())
}

/// The folders' names and the plugin's, which has to be unique in a folder of plugins; and the contract's version.
fn own_names(text: &str, path: &str, variant: &Variant) -> String {
    let Variant { name, version, .. } = variant;
    match path {
        "Cargo.toml" => text.replace(
            r#"members = ["plugin-api", "plugin"]"#,
            &format!(r#"members = ["plugin-api-{name}", "plugin-{name}"]"#),
        ),
        "plugin/Cargo.toml" => text
            .replace(
                r#"name = "contract-plugin""#,
                &format!(r#"name = "contract_plugin_{name}""#),
            )
            .replace(
                r#"path = "../plugin-api", version = "1.0.0""#,
                &format!(r#"path = "../plugin-api-{name}", version = "{version}""#),
            ),
        "plugin-api/Cargo.toml" => text.replace(
            "\nversion = \"1.0.0\"",
            &format!("\nversion = \"{version}\""),
        ),
        "Cargo.lock" => text
            .replace(
                r#"name = "contract-plugin""#,
                &format!(r#"name = "contract_plugin_{name}""#),
            )
            .replace(
                "name = \"endpoint-plugin-api\"\nversion = \"1.0.0\"",
                &format!("name = \"endpoint-plugin-api\"\nversion = \"{version}\""),
            ),
        _ => text.to_owned(),
    }
}
