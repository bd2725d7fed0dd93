use super::*;

#[test]
fn sockets_share_the_limit_and_some_is_reserved_for_files() {
    assert_eq!(share(Some(1024), 40, 3), Ok(298));
    assert_eq!(share(Some(1_048_576), 40, 3), Ok(8192));
    assert_eq!(share(None, 40, 1), Ok(8192));
}

/// More threads and models than the reserve is for.
#[test]
fn what_is_open_already_is_not_given_to_connections() {
    assert_eq!(share(Some(1024), 708, 3), Ok(100));
}

#[test]
fn of_a_low_limit_half_stays_for_files() {
    assert_eq!(share(Some(90), 40, 3), Ok(5));
}

#[test]
fn a_limit_without_a_connection_for_each_socket_is_refused() {
    assert_eq!(share(Some(59), 40, 3), Ok(1));
    let refused = TooFewDescriptors {
        limit: 58,
        needed: 59,
    };
    assert_eq!(share(Some(58), 40, 3), Err(refused));
}
