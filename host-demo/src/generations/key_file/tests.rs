use crate::config::Origin;

use super::*;

fn settings(path: &Path) -> Settings {
    let mut settings = Settings::default();
    settings.set(SETTING, path.display().to_string(), Origin::Default);
    settings
}

fn found(path: &Path) -> Option<KeyFileInPlace> {
    KeyFileInPlace::found(&settings(path), &Arc::default())
}

#[test]
fn a_file_is_found_where_the_setting_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    assert!(found(&path).is_none());
    drop(fs::File::create(&path).unwrap());
    assert!(found(&path).is_some());
    assert!(found(folder.path()).is_none());
}
