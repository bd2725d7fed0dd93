//! The guide for authors of plugins, executed block by block.

use std::{
    env, fs,
    process::{Command, Stdio},
};

use integration_tests::{Artifacts, free_address, repository, write_file};

const GUIDE: &str = "docs/plugin-guide.md";

/// Precedes the blocks: they stop at the first failure, and the processes that they started end
/// with them.
const PRELUDE: &str = "set -eu\numask 022\ntrap 'kill ${HOST:-} 2>/dev/null || true' EXIT\n";

/// The blocks for the shell, in order.
fn blocks(guide: &str) -> Vec<&str> {
    let fenced = guide.split("\n```").skip(1).step_by(2);
    fenced
        .filter_map(|block| block.strip_prefix("sh\n"))
        .collect()
}

/// In an empty folder outside the repository.
#[test]
fn every_block_of_the_guide_works() {
    let guide = fs::read_to_string(repository().join(GUIDE)).expect("the guide");
    let blocks = blocks(&guide);
    assert!(blocks.len() >= 8, "{blocks:#?}");
    let inference = free_address().to_string();
    let script = PRELUDE.to_owned() + &blocks.join("\n").replace("127.0.0.1:8080", &inference);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let properties = folder.path().join("config.properties");
    let text = format!(
        "inference_address=http://{inference}\nmanagement_address=http://127.0.0.1:0\n\
         metrics_address=http://127.0.0.1:0\n"
    );
    write_file(&properties, text.as_bytes());
    let work = folder.path().join("work");
    fs::create_dir(&work).expect("an empty folder");

    let host = Artifacts::of_the_tests().host();
    let mut path = vec![host.parent().expect("a folder").to_owned()];
    path.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    let output = Command::new("sh")
        .arg("-c")
        .arg(script)
        .current_dir(&work)
        .env("PATH", env::join_paths(path).expect("a PATH"))
        .env("HOST_REPOSITORY", repository())
        .env("TS_CONFIG_FILE", &properties)
        .env("CARGO_NET_OFFLINE", "true")
        // Build output is kept, so that a second run is fast; the library is where the guide
        // expects it.
        .env(
            "CARGO_BUILD_BUILD_DIR",
            repository().join("target/plugin-guide"),
        )
        .env_remove("CARGO_TARGET_DIR")
        .stdin(Stdio::null())
        .output()
        .expect("a shell");

    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{errors}");
    for text in [
        "my-token is written",
        "endpoint: /token, MANAGEMENT, GET, POST",
        "verdict: conforms to contract 1.2.0: 30 ok, 0 failed, 1 skipped",
        "Token Authorization failed",
        "\"status\": \"Healthy\"",
    ] {
        assert!(said.contains(text), "{text:?} is not in\n{said}\n{errors}");
    }
    assert!(
        errors.contains("Loading plugin for endpoint token"),
        "{errors}"
    );
}
