use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use clap::Parser;

use super::check;
use crate::{cli::Cli, config::Config, plugins::test_support::folder};

fn config(arguments: &[&str], key_file: &Path) -> Config {
    let file = tempfile::NamedTempFile::new().unwrap();
    let text = format!("token_key_file={}\n", key_file.display());
    crate::plugins::test_support::write(file.path(), text.as_bytes());
    let file = ["--ts-config", file.path().to_str().unwrap()];
    let cli = Cli::try_parse_from([&["host-demo"], &file[..], arguments].concat()).unwrap();
    Config::resolve(&cli.settings, |_| None).unwrap().0
}

fn error(plugins: &Path, config: &Config) -> String {
    check(plugins, config).unwrap_err().to_string()
}

#[test]
fn the_key_file_must_not_be_in_or_below_the_plugins_folder() {
    let root = folder();
    let root = fs::canonicalize(root.path()).unwrap();
    let plugins = root.join("plugins");
    fs::create_dir_all(plugins.join("below")).unwrap();
    symlink(&plugins, root.join("link")).unwrap();
    for key_file in [
        plugins.join("key_file.json"),
        plugins.join("below/keys"),
        plugins.join("not/yet/there"),
        root.join("link/key_file.json"),
        root.join("plugins/../plugins/key_file.json"),
    ] {
        for named in [&plugins, &root.join("link")] {
            let error = error(named, &config(&[], &key_file));
            assert_eq!(
                error,
                format!(
                    "folder of the key file {} is in the plugins path {}, whose files are executed: \
                     choose another one with token_key_file=PATH",
                    key_file.parent().unwrap().display(),
                    plugins.display()
                )
            );
        }
    }
    for key_file in [
        root.join("key_file.json"),
        root.join("plugins-2/key_file.json"),
    ] {
        assert!(check(&plugins, &config(&[], &key_file)).is_ok());
    }
}

#[test]
fn without_a_setting_the_working_directory_is_checked() {
    let here = std::env::current_dir().unwrap();
    let cli = Cli::default();
    let (config, _) = Config::resolve(&cli.settings, |_| None).unwrap();
    assert!(error(&here, &config).starts_with("folder of the key file "));
    assert!(check(folder().path(), &config).is_ok());
}

#[test]
fn neither_models_nor_copies_may_be_in_the_plugins_folder() {
    let (plugins, elsewhere) = (folder(), folder());
    let key_file = elsewhere.path().join("key_file.json");
    let below: PathBuf = plugins.path().join("below");
    for (option, what) in [
        ("--model-store", "model store"),
        ("--plugins-cache-path", "folder for copies of plugins"),
    ] {
        for path in [plugins.path(), &below] {
            let config = config(&[option, path.to_str().unwrap()], &key_file);
            let error = error(plugins.path(), &config);
            assert!(
                error.starts_with(&format!("{what} {}", path.display())),
                "{error}"
            );
            assert!(
                error.ends_with(&format!("choose another one with {option} DIR")),
                "{error}"
            );
        }
        let config = config(&[option, elsewhere.path().to_str().unwrap()], &key_file);
        assert!(check(plugins.path(), &config).is_ok());
    }
}
