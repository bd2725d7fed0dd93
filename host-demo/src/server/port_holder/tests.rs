use std::net::TcpListener;

use super::*;

#[cfg(target_endian = "little")]
const TABLE: &str = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 0100007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 111 1 0000000000000000
   1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1 0000000000000000
   2: 00000000:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0000000000000000
";

#[cfg(target_endian = "little")]
const TABLE_6: &str = "\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr
   0: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 444 1
";

#[cfg(target_endian = "little")]
#[test]
fn the_socket_that_listens_is_found_by_address_and_port() {
    let inode = |table, address: &str| inode_of(table, address.parse().expect("an address"));

    assert_eq!(inode(TABLE, "127.0.0.1:8080"), Some("222"));
    assert_eq!(inode(TABLE, "0.0.0.0:8080"), Some("222"));
    assert_eq!(inode(TABLE, "127.0.0.1:8081"), Some("333"));
    assert_eq!(inode(TABLE, "127.0.0.2:8080"), None);
    assert_eq!(inode(TABLE, "127.0.0.1:8082"), None);
    assert_eq!(inode(TABLE_6, "[::1]:8080"), Some("444"));
}

#[test]
fn what_is_no_table_holds_nothing() {
    let address = SocketAddr::from(([127, 0, 0, 1], 8080));
    for text in ["", "\n", "0:", "0: 01:02 x 0A", "0: 0100007Fé:1F90 a 0A"] {
        assert_eq!(inode_of(text, address), None, "{text}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_process_that_listens_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");

    let holder = holder_of(listener.local_addr().expect("its address"));

    let holder = holder.expect("this process");
    assert_eq!(holder.process_id, std::process::id());
    assert!(!holder.name.is_empty());
}
