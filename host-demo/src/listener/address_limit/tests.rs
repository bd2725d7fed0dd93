use super::*;

fn limit(max: usize) -> Arc<AddressLimit> {
    Arc::new(AddressLimit::new(NonZeroUsize::new(max).unwrap()))
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn a_closed_connection_makes_room_and_leaves_no_entry() {
    let limit = limit(1);
    let share = limit.enter(address("192.0.2.1")).unwrap();
    let refused = limit.enter(address("192.0.2.1")).unwrap_err();
    assert_eq!(refused, TooManyConnections);
    let other = limit.enter(address("192.0.2.2")).unwrap();
    drop(share);
    let share = limit.enter(address("192.0.2.1")).unwrap();
    drop((share, other));
    assert!(limit.open.lock().is_empty());
}

#[test]
fn an_ipv6_network_and_a_mapped_ipv4_address_are_one_client() {
    for (first, second, is_one) in [
        ("2001:db8::1", "2001:db8::2:3:4:5", true),
        ("2001:db8::1", "2001:db8:0:1::1", false),
        ("::ffff:192.0.2.1", "192.0.2.1", true),
        ("::ffff:192.0.2.1", "192.0.2.2", false),
    ] {
        let limit = limit(1);
        let share = limit.enter(address(first)).unwrap();
        let second = limit.enter(address(second));
        assert_eq!(second.is_err(), is_one, "{first} {second:?}");
        drop(share);
    }
}
