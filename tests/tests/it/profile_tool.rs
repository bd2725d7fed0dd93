//! `host-demo profile`: tools for operators.

use std::process::Command;

use integration_tests::{Artifacts, write_file};

/// The exit code, standard output and standard error.
fn profile(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(Artifacts::of_the_tests().host())
        .arg("profile")
        .args(arguments)
        .output()
        .expect("the host runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let code = output.status.code();
    (code, text(output.stdout), text(output.stderr))
}

#[test]
fn each_listed_profile_can_be_shown_checked_and_documented() {
    let (code, list, errors) = profile(&["list"]);
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    assert_eq!(list.lines().count(), 11, "{list}");

    let folder = tempfile::tempdir().expect("a folder");
    for line in list.lines() {
        let name = line.split(' ').next().expect("a name");
        let (code, text, _) = profile(&["show", name]);
        assert_eq!(code, Some(0));
        let file = folder.path().join(format!("{name}.toml"));
        write_file(&file, text.as_bytes());
        let file = file.to_str().expect("UTF-8");

        let (code, checked, errors) = profile(&["check", file]);
        assert_eq!((code, errors.as_str()), (Some(0), ""));
        let first = format!("{file}: profile {name} is valid\n");
        assert!(checked.starts_with(&first), "{checked}");

        assert_eq!(profile(&["page", name]), profile(&["page", file]));
    }
}

#[test]
fn an_unknown_name_is_answered_with_the_known_ones() {
    for arguments in [["show", "vlm"], ["page", "vlm"]] {
        let (code, output, errors) = profile(&arguments);
        assert_eq!((code, output.as_str()), (Some(1), ""));
        let expected = "there is no profile called \"vlm\": expected one of kserve-v2, litserve, ";
        assert!(errors.starts_with(expected), "{errors}");
    }
}

#[test]
fn a_file_that_is_wrong_is_told_with_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("own.toml");
    let (_, text, _) = profile(&["show", "litserve"]);
    let wrong = text.replace("POST /shutdown", "POST shutdown");
    write_file(&file, wrong.as_bytes());
    let line = wrong
        .lines()
        .position(|line| line.contains("POST shutdown"));
    let line = 1 + line.expect("the line");

    let file = file.to_str().expect("UTF-8");
    let (code, output, errors) = profile(&["check", file]);
    let expected = format!("{file}:{line}: rule \"POST shutdown\": the path must begin with /\n");
    assert_eq!((code, output.as_str(), errors), (Some(1), "", expected));
}

#[test]
fn a_file_that_cannot_be_read_or_is_too_large_is_told_by_its_path() {
    let folder = tempfile::tempdir().expect("a folder");
    let absent = folder.path().join("absent.toml");
    let absent = absent.to_str().expect("UTF-8");
    let (code, _, errors) = profile(&["check", absent]);
    assert_eq!(code, Some(1));
    let expected = format!("cannot read the profile {absent}: ");
    assert!(errors.starts_with(&expected), "{errors}");

    let large = folder.path().join("large.toml");
    write_file(&large, "#".repeat(512 * 1024 + 1).as_bytes());
    let large = large.to_str().expect("UTF-8");
    let (code, _, errors) = profile(&["check", large]);
    assert_eq!(code, Some(1));
    let expected =
        format!("cannot read the profile {large}: 524289 bytes: expected at most 524288\n");
    assert_eq!(errors, expected);
}
