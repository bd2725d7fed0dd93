use std::path::Path;

use super::{SESSION, describe, quoted};
use crate::host::Announcement;

fn host(inference: &str, management: &str, key_file: &str) -> Announcement {
    let mut host = Announcement::default();
    host.inference = Some(inference.parse().unwrap());
    host.management = Some(management.parse().unwrap());
    host.key_file = Some(key_file.into());
    host
}

#[test]
fn a_host_on_the_default_ports_gets_the_documented_commands() {
    let host = host(
        "127.0.0.1:8080",
        "127.0.0.1:8081",
        "/home/me/gateway/key_file.json",
    );
    let text = describe(Path::new("/home/me/gateway"), &host);
    assert!(text.contains(SESSION), "{text}");
    assert!(
        text.contains("the keys are in /home/me/gateway/key_file.json."),
        "{text}"
    );
    assert!(text.contains("\n    cd /home/me/gateway\n"), "{text}");
}

#[test]
fn a_host_on_other_ports_gets_commands_with_its_addresses() {
    let host = host("127.0.0.1:18080", "[::1]:18081", "/run/my keys/k.json");
    let text = describe(Path::new("/gateway"), &host);
    assert!(!text.contains(":8080") && !text.contains(":8081"), "{text}");
    assert!(
        text.contains("curl http://127.0.0.1:18080/predictions/digits "),
        "{text}"
    );
    assert!(
        text.contains("curl \"http://[::1]:18081/token?type=inference\" "),
        "{text}"
    );
    assert!(text.contains("/p' '/run/my keys/k.json')\n"), "{text}");
    assert!(!text.contains("key_file.json"), "{text}");
}

#[test]
fn a_host_without_keys_gets_no_commands_that_cannot_work() {
    let text = describe(Path::new("/gateway"), &Announcement::default());
    assert!(!text.contains("curl"), "{text}");
}

#[test]
fn a_path_with_a_quote_is_one_word_for_the_shell() {
    assert_eq!(quoted(Path::new("/a-b/c.d_1")), "/a-b/c.d_1");
    assert_eq!(quoted(Path::new("/it's here")), r"'/it'\''s here'");
}
