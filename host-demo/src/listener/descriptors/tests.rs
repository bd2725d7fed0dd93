use super::*;

#[test]
fn sockets_share_the_limit_and_some_is_reserved_for_files() {
    assert_eq!(share(Some(1024), 3), 298);
    assert_eq!(share(Some(1_048_576), 3), 8192);
    assert_eq!(share(None, 1), 8192);
    assert_eq!(share(Some(20), 3), 1);
}
