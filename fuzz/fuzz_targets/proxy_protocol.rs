//! The header of the PROXY protocol: of what follows it nothing is taken, and an address that it names is
//! written there.
#![no_main]

use std::net::SocketAddr;

use host_demo::fuzzing::listener::proxy_header;
use libfuzzer_sys::fuzz_target;

const VERSION_2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

fuzz_target!(|bytes: &[u8]| {
    let Ok((client, length)) = proxy_header(bytes) else {
        return;
    };
    let header = &bytes[..length];
    assert_eq!(proxy_header(header), Ok((client, length)));
    assert!(proxy_header(&header[..length - 1]).is_err());
    let mut longer = header.to_vec();
    longer.extend_from_slice(b"PROXY TCP4 9.9.9.9 9.9.9.9 9 9\r\n");
    assert_eq!(proxy_header(&longer), Ok((client, length)));
    if header.starts_with(VERSION_2) {
        assert_eq!(
            length,
            16 + usize::from(u16::from_be_bytes([header[14], header[15]]))
        );
        if let Some(client) = client {
            let (source, port) = match client {
                SocketAddr::V4(client) => (client.ip().octets().to_vec(), 24),
                SocketAddr::V6(client) => (client.ip().octets().to_vec(), 48),
            };
            assert!(header[16..].starts_with(&source));
            assert_eq!(header[port..port + 2], client.port().to_be_bytes());
        }
    } else {
        assert!(header.starts_with(b"PROXY ") && header.ends_with(b"\r\n") && length <= 107);
        let line = std::str::from_utf8(header).expect("text");
        let fields: Vec<_> = line.trim_end_matches("\r\n").split(' ').collect();
        match client {
            None => assert_eq!(fields[1], "UNKNOWN"),
            Some(client) => {
                assert_eq!(fields[2].parse(), Ok(client.ip()));
                assert_eq!(fields[4], client.port().to_string());
            }
        }
    }
});
