use std::{env::consts::DLL_EXTENSION, fs};

use super::checked_file;
use crate::{
    config::{PluginTrust, Settings},
    plugins::{
        running::plugin_set::Plugins,
        test_support::{folder, plugin, write},
        trust::gate::Gate,
    },
};

#[test]
fn an_error_of_a_file_names_its_path() {
    let (folder, elsewhere) = (folder(), folder());
    let list = elsewhere.path().join("allow");
    write(&list, b"");
    let path = fs::canonicalize(folder.path())
        .unwrap()
        .join(format!("a.{DLL_EXTENSION}"));
    let error = |trust: &PluginTrust, bytes: &[u8]| {
        write(&path, bytes);
        let gate = Gate::open(folder.path(), trust).unwrap();
        let checked = checked_file(
            &gate,
            path.clone(),
            &Settings::default(),
            &Plugins::default(),
        );
        checked.err().unwrap().to_string()
    };
    let with_list = PluginTrust {
        allow_list: Some(list.clone()),
        ..PluginTrust::default()
    };
    for (error, expected) in [
        (
            error(&with_list, &plugin("one")),
            format!("not listed in {}: remove the file", list.display()),
        ),
        (
            error(&PluginTrust::default(), b"none"),
            "begins with \"none\": expected a shared library".to_owned(),
        ),
    ] {
        let expected = format!("plugin {}: {expected}", path.display());
        assert!(error.starts_with(&expected), "{error}");
    }
}
