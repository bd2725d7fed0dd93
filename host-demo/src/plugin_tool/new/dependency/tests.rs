use super::*;

#[test]
fn numbers_with_dots_are_a_version() {
    for text in ["1", "1.0", "1.0.3"] {
        let version = text.parse::<PluginApi>().unwrap();
        assert_eq!(version, PluginApi::Version(text.to_owned()));
        assert_eq!(version.to_toml(""), format!("{{ version = \"{text}\" }}"));
    }
}

#[test]
fn the_folder_of_the_crate_is_a_path() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugin-api");
    let given = folder.to_str().unwrap();
    let expected = fs::canonicalize(&folder).unwrap();
    assert_eq!(
        given.parse::<PluginApi>().unwrap(),
        PluginApi::Path(expected)
    );
}

#[test]
fn any_other_folder_is_refused() {
    let error = |given: &str| given.parse::<PluginApi>().unwrap_err();
    assert!(matches!(
        error(env!("CARGO_MANIFEST_DIR")),
        PluginApiError::AnotherCrate { .. }
    ));
    for given in ["no/such/folder", "^1.0", "1.", "1.2.3.4", ""] {
        let error = error(given);
        assert!(
            matches!(error, PluginApiError::Unreadable { .. }),
            "{given}: {error}"
        );
    }
}
