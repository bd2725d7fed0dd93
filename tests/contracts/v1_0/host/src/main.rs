//! What a host of contract 1.0 does with a token plugin, as lines on standard output.
//!
//! `contract-host LIBRARY [TYPE KEY]..` loads the library as abi_stable does, opens the plugin, calls `set_time` and
//! `generate_key_file`, asks for each type (`token`, `management`, `inference`) whether the key is allowed, and shuts
//! the plugin down.

use std::{env, error::Error, path::Path};

use abi_stable::{
    library::lib_header_from_path,
    sabi_trait::TD_Opaque,
    sabi_types::RRef,
    std_types::{ROption, RSlice, RStr},
};
use plugin_api::{
    PluginError, TokenType,
    abi::{
        PluginModuleRef, RawHeader, RawHeaderLookup, RawHost, RawHost_TO, RawPeerAddress,
        RawRequest, RawRequest_TO, RawSetting, RawState,
    },
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let library = arguments.next().ok_or("expected a library")?;
    let module = lib_header_from_path(Path::new(&library))?
        .init_root_module::<PluginModuleRef>()
        .map_err(|error| error.to_string())?;
    let host = RawHost_TO::from_value(Host, TD_Opaque);
    let plugin = module.open()(host)
        .into_result()
        .map_err(PluginError::from)?;
    println!("endpoints {}", plugin.endpoints.len());
    let token = plugin.token_authorizer.as_ref().into_option();
    let token = token.ok_or("expected a token plugin")?;
    let set = token.set_time(60.0).into_result();
    println!("set_time {:?}", set.map_err(PluginError::from));
    let made = token.generate_key_file(TokenType::TOKEN).into_result();
    println!("generate_key_file {:?}", made.map_err(PluginError::from));
    while let (Some(kind), Some(key)) = (arguments.next(), arguments.next()) {
        let wanted = match kind.as_str() {
            "token" => TokenType::TOKEN,
            "management" => TokenType::MANAGEMENT,
            "inference" => TokenType::INFERENCE,
            _ => return Err(format!("no type {kind}").into()),
        };
        let request = Request(format!("Bearer {key}"));
        let request = RawRequest_TO::from_ptr(RRef::new(&request), TD_Opaque);
        let verdict = token.check_token_authorization(&request, wanted);
        println!("{kind} {key}: {}", verdict.allows());
    }
    plugin.lifecycle.shutdown();
    Ok(())
}

struct Host;

impl RawHost for Host {
    fn setting(&self, _key: RStr<'_>) -> ROption<RawSetting> {
        ROption::RNone
    }

    fn take_state(&self) -> ROption<RawState> {
        ROption::RNone
    }

    fn log(&self, level: u8, message: RStr<'_>) {
        println!("log {level} {message}");
    }
}

/// `GET /predictions/digits` with one `Authorization` header.
struct Request(String);

impl RawRequest for Request {
    fn method(&self) -> RStr<'_> {
        RStr::from_str("GET")
    }

    fn path(&self) -> RStr<'_> {
        RStr::from_str("/predictions/digits")
    }

    fn query(&self) -> RStr<'_> {
        RStr::from_str("")
    }

    fn header(&self, name: RStr<'_>) -> RawHeaderLookup<'_> {
        if name.as_str() == "authorization" {
            RawHeaderLookup {
                count: 1,
                first: RSlice::from_slice(self.0.as_bytes()),
            }
        } else {
            RawHeaderLookup {
                count: 0,
                first: RSlice::EMPTY,
            }
        }
    }

    fn header_value(&self, name: RStr<'_>, index: usize) -> ROption<RSlice<'_, u8>> {
        let found = self.header(name);
        (index < found.count).then_some(found.first).into()
    }

    fn header_at(&self, index: usize) -> ROption<RawHeader<'_>> {
        let header = RawHeader {
            name: RStr::from_str("authorization"),
            value: RSlice::from_slice(self.0.as_bytes()),
        };
        (index == 0).then_some(header).into()
    }

    fn peer_address(&self) -> RawPeerAddress {
        let mut octets = [0; 16];
        octets[..4].copy_from_slice(&[127, 0, 0, 1]);
        RawPeerAddress {
            octets,
            port: 50_000,
            ip_version: 4,
        }
    }

    fn body(&self) -> RSlice<'_, u8> {
        RSlice::EMPTY
    }
}
