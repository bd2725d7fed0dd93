use std::{env::consts, path::Path};

use super::Artifacts;

#[test]
fn programs_and_shared_libraries_are_found_in_the_messages_of_cargo() {
    let ending = consts::DLL_EXTENSION;
    let messages = format!(
        r#"{{"reason":"compiler-artifact","target":{{"kind":["bin"],"name":"host-demo"}},"filenames":["/t/host-demo"],"executable":"/t/host-demo"}}
a build script speaks
{{"reason":"compiler-artifact","target":{{"kind":["cdylib","rlib"],"name":"token_plugin"}},"filenames":["/t/libtoken_plugin.rlib","/t/libtoken_plugin.{ending}"],"executable":null}}
{{"reason":"compiler-artifact","target":{{"kind":["proc-macro"],"name":"derive"}},"filenames":["/t/libderive.{ending}"],"executable":null}}
{{"reason":"build-finished","success":true}}"#
    );
    let artifacts = Artifacts::from_messages(&messages);

    assert_eq!(
        artifacts.executable("host-demo").unwrap(),
        Path::new("/t/host-demo")
    );
    assert_eq!(
        artifacts.library("token-plugin").unwrap(),
        Path::new(&format!("/t/libtoken_plugin.{ending}"))
    );
    let error = artifacts.library("derive").unwrap_err().to_string();
    assert_eq!(
        error,
        "package derive has no shared library (crate-type cdylib)"
    );
}
