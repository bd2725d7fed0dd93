use super::*;
use crate::config::Origin;

fn settings(values: &[(&str, &str)]) -> Arc<Settings> {
    let mut settings = Settings::default();
    for (key, value) in values {
        settings.set(key, (*value).to_owned(), Origin::Default);
    }
    Arc::new(settings)
}

#[test]
fn only_what_the_plugin_has_read_counts() {
    let of_plugin = PluginSettings::new(settings(&[("read", "1"), ("not_read", "1")]));
    of_plugin.read("read");
    assert!(of_plugin.agree_with(&settings(&[("read", " 1 "), ("not_read", "2")])));
    assert!(!of_plugin.agree_with(&settings(&[("read", "2"), ("not_read", "1")])));
    assert!(!of_plugin.agree_with(&settings(&[("not_read", "1")])));
}

#[test]
fn a_key_that_was_looked_up_and_not_there_counts() {
    let of_plugin = PluginSettings::new(settings(&[]));
    assert!(of_plugin.read("absent").is_none());
    assert!(of_plugin.agree_with(&settings(&[])));
    assert!(!of_plugin.agree_with(&settings(&[("absent", "1")])));
}

#[test]
fn a_plugin_that_reads_later_finds_what_is_in_force() {
    let of_plugin = PluginSettings::new(settings(&[("key", "1")]));
    let now = settings(&[("key", "2")]);
    of_plugin.replace(&now);
    let found = of_plugin.read("key");
    assert_eq!(found.map(|setting| setting.value).as_deref(), Some("2"));
    assert!(of_plugin.agree_with(&now));
}
