use super::*;

fn source() -> PluginApiSource {
    PluginApiSource::default()
}

fn version(text: &str) -> Result<PluginApi, PluginApiError> {
    PluginApi::find(&PluginApiSource {
        plugin_api_version: Some(text.to_owned()),
        ..source()
    })
}

fn folder(path: &str) -> Result<PluginApi, PluginApiError> {
    PluginApi::find(&PluginApiSource {
        plugin_api: Some(path.into()),
        ..source()
    })
}

fn git(url: &str) -> Result<PluginApi, PluginApiError> {
    PluginApi::find(&PluginApiSource {
        plugin_api_git: Some(url.to_owned()),
        ..source()
    })
}

#[test]
fn without_a_source_it_is_the_contract_that_the_program_was_built_with() {
    let expected = fs::canonicalize(BUILT_FROM).unwrap();
    let found = PluginApi::find(&source()).unwrap();
    assert_eq!(found, PluginApi::Path(expected.clone()));
    assert_eq!(
        found.to_toml(", features = [\"testing\"]"),
        format!(
            "{{ package = \"endpoint-plugin-api\", path = \"{}\", features = [\"testing\"] }}",
            expected.display()
        )
    );
}

#[test]
fn a_missing_workspace_is_an_error_with_the_choices() {
    let missing = PluginApi::find_beside(&source(), Path::new("no/such/folder")).unwrap_err();
    let message = missing.to_string();
    for choice in [
        "--plugin-api PATH",
        "--plugin-api-git URL",
        "--plugin-api-version VERSION",
    ] {
        assert!(message.contains(choice), "{message}");
    }
}

#[test]
fn a_version_is_numbers_with_dots() {
    for text in ["1", "1.0", "1.0.3"] {
        let found = version(text).unwrap();
        assert_eq!(
            found.to_toml(""),
            format!("{{ package = \"endpoint-plugin-api\", version = \"{text}\" }}")
        );
    }
    for text in ["^1.0", "1.", "1.2.3.4", "", "one"] {
        let error = version(text).unwrap_err();
        assert!(matches!(error, PluginApiError::Version { .. }), "{error}");
    }
}

#[test]
fn a_repository_is_written_unchanged_unless_it_would_corrupt_the_file() {
    assert_eq!(
        git("https://example.org/it.git").unwrap().to_toml(""),
        "{ package = \"endpoint-plugin-api\", git = \"https://example.org/it.git\" }"
    );
    for url in ["", "a\"b", "a\\b", "a\nb"] {
        let error = git(url).unwrap_err();
        assert!(matches!(error, PluginApiError::Character { .. }), "{error}");
    }
}

#[test]
fn a_folder_without_the_package_is_refused() {
    assert!(folder(BUILT_FROM).is_ok());
    let other = folder(env!("CARGO_MANIFEST_DIR")).unwrap_err();
    assert!(
        matches!(other, PluginApiError::AnotherPackage { .. }),
        "{other}"
    );
    let missing = folder("no/such/folder").unwrap_err();
    assert!(
        matches!(missing, PluginApiError::Unreadable { .. }),
        "{missing}"
    );
}
