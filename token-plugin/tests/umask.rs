//! The umask belongs to the whole process, so this is the only test of its process.

use std::os::unix::fs::PermissionsExt;

use plugin_api::{
    TokenType,
    testing::{TestHost, TestPlugin},
};
use rustix::{fs::Mode, process::umask};

#[test]
fn key_file_and_lock_are_for_their_owner_alone_whatever_the_umask() {
    for mask in [0o477, 0o777, 0] {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let key_file = path("key_file.json").to_str().unwrap().to_owned();
        let host = TestHost::new().with_setting("token_key_file", key_file);
        let before = umask(Mode::from_raw_mode(mask));
        let plugin = TestPlugin::open(&host, token_plugin::open);
        let generated = plugin.as_ref().map(|plugin| {
            plugin
                .token_authorizer()
                .generate_key_file(TokenType::TOKEN)
        });
        umask(before);
        assert_eq!(generated.unwrap(), Ok(()));
        for name in ["key_file.json", "key_file.json.lock"] {
            let mode = path(name).metadata().unwrap().permissions().mode();
            assert_eq!(mode, 0o100_600, "{name} with umask {mask:o}");
        }
    }
}
