use std::{
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::*;
use crate::config::{CommandLine, Config, ConfigSource};

/// A file that is read, changed and read again.
struct Rereading {
    _folder: TempDir,
    path: PathBuf,
    source: ConfigSource,
    in_force: Config,
}

impl Rereading {
    fn of(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.properties");
        write(&path, text);
        let source = ConfigSource::new(CommandLine::with_file(path.clone()), |_| None);
        let (in_force, _) = Config::read(&source).unwrap();
        Self {
            _folder: folder,
            path,
            source,
            in_force,
        }
    }

    fn read_again(&self, text: &str) -> Result<(Config, Reread), String> {
        write(&self.path, text);
        let path = self.path.display().to_string();
        let reread = self.in_force.read_again(&self.source);
        reread.map_err(|error| error.to_string().replace(&path, "FILE"))
    }
}

fn write(path: &Path, text: &str) {
    let mut file = File::create(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn keys(settings: &[ChangedSetting]) -> Vec<&str> {
    settings.iter().map(|one| one.key.as_str()).collect()
}

#[test]
fn the_same_values_on_other_lines_are_no_change() {
    let rereading = Rereading::of("of_plugin=1\nmax_request_size=1000\n");
    let text = "# a comment\nmax_request_size=1000\nshutdown_timeout_sec=30\nof_plugin = 1\n";
    let (_, reread) = rereading.read_again(text).unwrap();
    assert!(reread.changed.is_empty(), "{:?}", reread.changed);
    assert!(reread.waiting.is_empty(), "{:?}", reread.waiting);
}

#[test]
fn a_setting_of_a_plugin_that_is_new_changed_or_gone_is_in_force() {
    let rereading = Rereading::of("changed=1\ngone=1\nsame=1\n");
    let (config, reread) = rereading.read_again("changed=2\nsame=1\nnew=1\n").unwrap();
    assert_eq!(keys(&reread.changed), ["changed", "gone", "new"]);
    let value = |key| Some(config.settings.lookup(key)?.value.as_str());
    assert_eq!(value("changed"), Some("2"));
    assert_eq!(value("gone"), None);
    assert_eq!(value("new"), Some("1"));
}

#[test]
fn a_setting_that_waits_for_a_restart_keeps_its_value_and_is_named() {
    let rereading = Rereading::of("worker=1\nmodel_store=/old\n");
    let (config, reread) = rereading
        .read_again("\nworker=2\nmodel_store=/new\nnumber_of_netty_threads=2\n")
        .unwrap();
    assert_eq!(keys(&reread.changed), ["worker"]);
    assert_eq!(
        keys(&reread.waiting),
        ["model_store", "number_of_netty_threads"]
    );
    let path = rereading.path.display().to_string();
    assert_eq!(
        listed(&reread.waiting).replace(&path, "FILE"),
        "model_store (FILE:3, before: FILE:2), number_of_netty_threads (FILE:4, before: default)"
    );
    assert_eq!(config.model_store, Some(PathBuf::from("/old")));
    assert_eq!(config.worker_threads, None);
    let shown = config.settings.lookup("model_store").unwrap();
    assert_eq!(shown.value, "/old");
}

/// It waits as long as the sources say so, whatever is read in between.
#[test]
fn a_setting_that_waits_is_named_at_each_reading() {
    let mut rereading = Rereading::of("");
    let text = "model_store=/new\n";
    rereading.in_force = rereading.read_again(text).unwrap().0;
    let waiting = |text| {
        let (_, reread) = rereading.read_again(text).unwrap();
        keys(&reread.waiting).concat()
    };
    assert_eq!(waiting(text), "model_store");
    assert_eq!(waiting("of_plugin=1\n"), "");
}

#[test]
fn a_file_with_an_error_is_refused_with_its_line() {
    let rereading = Rereading::of("of_plugin=1\n");
    assert_eq!(
        rereading
            .read_again("of_plugin=2\naccess_log=yes\n")
            .unwrap_err(),
        "FILE:2: access_log=\"yes\" is not valid: expected true or false"
    );
}

#[test]
fn a_file_that_had_no_setting_may_stay_so_and_another_may_not_become_so() {
    let empty = Rereading::of("# a comment\n");
    assert!(empty.read_again("").is_ok());

    let refused = Rereading::of("of_plugin=1\n").read_again("\n");
    let error = refused.unwrap_err();
    assert!(
        error.starts_with("configuration file FILE has no setting"),
        "{error}"
    );
}

#[test]
fn a_file_that_is_gone_is_refused() {
    let rereading = Rereading::of("of_plugin=1\n");
    std::fs::remove_file(&rereading.path).unwrap();
    assert!(rereading.in_force.read_again(&rereading.source).is_err());
}

#[test]
fn a_secret_is_neither_compared_nor_kept() {
    let rereading = Rereading::of("db_password=old\n");
    let (config, reread) = rereading.read_again("db_password=hunter2\n").unwrap();
    assert!(reread.changed.is_empty(), "{:?}", reread.changed);
    assert!(!format!("{config:?}").contains("hunter2"));
}
