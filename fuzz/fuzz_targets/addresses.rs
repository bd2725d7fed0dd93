//! Addresses: what is read is written so that it is the same address again, and one to listen on names no
//! host whose address may change.
#![no_main]

use host_demo::{
    config::{UpstreamAddress, UpstreamAddresses},
    fuzzing::config::listen_address,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Some(address) = listen_address(text) {
        assert_eq!(listen_address(&address.to_string()), Some(address));
    }
    if let Ok(address) = text.parse::<UpstreamAddress>() {
        assert_eq!(
            address.to_string().parse(),
            Ok(address.clone()),
            "{address}"
        );
        if let UpstreamAddress::Tcp { host, port, .. } = &address {
            assert!(*port != 0 && !host.is_empty() && !host.contains(['/', '@', '?', '#', '[']));
            let authority: http::uri::Authority =
                address.authority().parse().expect("an authority");
            assert!(http::HeaderValue::from_str(authority.as_str()).is_ok());
        }
    }
    if let Ok(addresses) = text.parse::<UpstreamAddresses>() {
        let all: Vec<_> = addresses.iter().collect();
        assert!((1..=64).contains(&all.len()));
        assert!(
            all.iter()
                .enumerate()
                .all(|(index, one)| !all[..index].contains(one))
        );
    }
});
