use std::{fs::File, io::Write as _};

use super::*;

#[test]
fn a_file_of_the_upstreams_own_key_is_used_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let setting = UpstreamAuthorization::File(path.clone());
    let of_length = |length: usize| {
        let mut file = File::create(&path).unwrap();
        file.write_all("k".repeat(length).as_bytes()).unwrap();
        authorization(&setting)
    };
    assert!(matches!(of_length(8192), Ok(AuthorizationRule::Replace(key)) if key.len() == 8192));
    assert!(matches!(
        of_length(8193),
        Err(ProxyError::ReadAuthorization { .. })
    ));
}
