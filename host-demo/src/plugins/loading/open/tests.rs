use abi_stable::{
    prefix_type::PrefixTypeTrait,
    std_types::{RResult, RStr},
};
use parking_lot::Mutex;
use plugin_api::abi::{PluginModule, RawError, RawHostBox};

use super::*;

const TIME_LIMIT: Duration = Duration::from_secs(60);

/// The host of a plugin that fails and keeps everything.
static KEPT: Mutex<Option<RawHostBox>> = Mutex::new(None);

/// The predecessor's state that a plugin received.
static TAKEN: Mutex<Option<RawState>> = Mutex::new(None);

extern "C" fn keeps_its_host(host: RawHostBox) -> RResult<RawPlugin, RawError> {
    *KEPT.lock() = Some(host);
    RResult::RErr(PluginError::new("not today").into())
}

extern "C" fn takes_the_state(host: RawHostBox) -> RResult<RawPlugin, RawError> {
    *TAKEN.lock() = host.take_state().into_option();
    RResult::RErr(PluginError::new("not today").into())
}

fn library(open: extern "C" fn(RawHostBox) -> RResult<RawPlugin, RawError>) -> Library {
    let module = PluginModule {
        name: RStr::from_str("keeper"),
        version: RStr::from_str("1.0.0"),
        open,
    };
    let identity = Identity {
        file: "keeper.so".into(),
        sha256: Sha256::of(b""),
        name: "keeper".to_owned(),
        version: "1.0.0".to_owned(),
        contract: "1.0".to_owned(),
        compiler: "rustc".to_owned(),
    };
    Library {
        identity,
        declared: Vec::new(),
        module: module.leak_into_prefix(),
    }
}

fn open_with_a_secret(open: extern "C" fn(RawHostBox) -> RResult<RawPlugin, RawError>) {
    let state = RawState {
        version: 7,
        bytes: b"secret".to_vec().into(),
    };
    let opened = library(open).open(&Arc::default(), Some(state), 2, TIME_LIMIT);
    let is_refused =
        matches!(opened, Err(PluginLoadError::Opening { message, .. }) if message == "not today");
    assert!(is_refused);
}

#[test]
fn a_state_that_was_not_taken_is_dropped_although_the_plugin_keeps_its_host() {
    open_with_a_secret(keeps_its_host);
    let host = KEPT.lock().take().unwrap();
    assert!(host.take_state().is_none());
}

#[test]
fn a_plugin_that_takes_the_state_gets_it() {
    open_with_a_secret(takes_the_state);
    let state = TAKEN.lock().take().unwrap();
    assert_eq!((state.version, state.bytes.as_slice()), (7, &b"secret"[..]));
}
