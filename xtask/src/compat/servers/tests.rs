use std::fs;

use super::{SERVERS, parse};
use crate::repository;

#[test]
fn each_server_has_its_scripts_and_a_row_in_the_document() {
    let document = fs::read_to_string(repository::root().join("docs/compat.md")).unwrap();
    for server in SERVERS {
        let folder = repository::root().join("xtask/compat").join(server.scripts);
        for script in ["requirements.txt", "serve.py", "client.py"] {
            assert!(folder.join(script).is_file(), "{}: {script}", server.name);
        }
        let row = format!("| `{}`", server.name);
        assert!(document.contains(&row), "docs/compat.md: {row}");
    }
}

#[test]
fn the_version_in_the_title_is_the_one_that_is_installed() {
    for server in SERVERS {
        let folder = repository::root().join("xtask/compat").join(server.scripts);
        let requirements = fs::read_to_string(folder.join("requirements.txt")).unwrap();
        let mut pinned = requirements
            .lines()
            .filter_map(|line| line.split_once("=="));
        let is_pinned = pinned.any(|(_, version)| {
            let mut words = server.title.split([' ', '(', ')']);
            words.any(|word| word == version)
        });
        assert!(is_pinned, "{}: {}", server.name, server.title);
    }
}

#[test]
fn settings_and_readiness_name_ports_of_the_server() {
    for server in SERVERS {
        let is_port = |name: &str| server.ports.iter().any(|port| port.name == name);
        assert!(is_port(server.ready.0), "{}", server.name);
        let mut named = server.settings.split("http://{").skip(1);
        let all = named.all(|rest| rest.split('}').next().is_some_and(is_port));
        assert!(all, "{}: {}", server.name, server.settings);
    }
}

#[test]
fn an_unknown_server_is_an_error_that_lists_the_known_ones() {
    let error = parse("nobody").unwrap_err();
    assert!(error.contains("torchserve"), "{error}");
    assert!(error.contains("llama-server"), "{error}");
}
