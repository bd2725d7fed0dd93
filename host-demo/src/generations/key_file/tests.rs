use crate::config::Origin;

use super::*;

fn settings(path: &Path) -> Settings {
    let mut settings = Settings::default();
    settings.set(SETTING, path.display().to_string(), Origin::Default);
    settings
}

#[test]
fn a_file_is_found_where_the_setting_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    assert!(KeyFileInPlace::found(&settings(&path)).is_none());
    drop(fs::File::create(&path).unwrap());
    assert!(KeyFileInPlace::found(&settings(&path)).is_some());
    assert!(KeyFileInPlace::found(&settings(folder.path())).is_none());
}
