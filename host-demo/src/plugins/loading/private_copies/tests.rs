use std::path::PathBuf;

use super::{PrivateCopies, choose_parent};
use crate::{
    config::PluginTrust,
    plugins::test_support::{folder, set_mode},
};

fn error(trust: &PluginTrust) -> String {
    PrivateCopies::create(trust).unwrap_err().to_string()
}

#[test]
fn the_configured_folder_overrides_the_runtime_folder_and_that_the_temporary_one() {
    let (own, service) = (folder(), folder());
    let mut trust = PluginTrust {
        cache_path: Some(own.path().to_owned()),
        runtime_path: Some(service.path().to_owned()),
        ..PluginTrust::default()
    };
    assert_eq!(choose_parent(&trust), own.path());
    trust.cache_path = None;
    assert_eq!(choose_parent(&trust), service.path());
    trust.runtime_path = None;
    assert_eq!(choose_parent(&trust), std::env::temp_dir());
}

#[test]
fn a_missing_folder_is_named_with_the_option_that_chooses_another() {
    let trust = PluginTrust {
        cache_path: Some(PathBuf::from("/nowhere")),
        ..PluginTrust::default()
    };
    assert_eq!(
        error(&trust),
        "folder for copies of plugins /nowhere: No such file or directory (os error 2): expected \
         a folder that the server can write: choose one with --plugins-cache-path DIR"
    );
}

#[test]
fn a_folder_in_which_others_can_replace_the_copies_is_refused() {
    let parent = folder();
    set_mode(parent.path(), 0o777);
    let mut trust = PluginTrust {
        cache_path: Some(parent.path().to_owned()),
        ..PluginTrust::default()
    };
    assert!(error(&trust).contains("has mode 0777"));
    assert_eq!(parent.path().read_dir().unwrap().count(), 0);
    trust.insecure_permissions = true;
    assert!(PrivateCopies::create(&trust).is_ok());
}

#[test]
fn the_copies_are_removed_with_their_owner() {
    let parent = folder();
    let trust = PluginTrust {
        cache_path: Some(parent.path().to_owned()),
        ..PluginTrust::default()
    };
    drop(PrivateCopies::create(&trust).unwrap());
    assert_eq!(parent.path().read_dir().unwrap().count(), 0);
}
