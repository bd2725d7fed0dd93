//! A host whose log can be read, and requests.

use std::sync::Arc;

use abi_stable::{
    sabi_trait::TD_Opaque,
    sabi_types::RRef,
    std_types::{ROption, RSlice, RStr, RVec},
};
use parking_lot::Mutex;
use plugin_api::{
    Context, Host, Request, State,
    abi::{
        RawContext, RawContext_TO, RawContextRef, RawEntry, RawHeader, RawHeaderLookup, RawHost,
        RawHost_TO, RawModelBox, RawPeerAddress, RawRequest, RawRequest_TO, RawRequestRef,
        RawSetting, RawState,
    },
};

/// A host with settings and a log that can be read.
#[derive(Clone, Debug, Default)]
pub(crate) struct TestHost {
    settings: Vec<(&'static str, String)>,
    lines: Arc<Mutex<Vec<(u8, String)>>>,
    state: Arc<Mutex<Option<RawState>>>,
}

impl TestHost {
    pub(crate) fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.settings.push((key, value.into()));
        self
    }

    pub(crate) fn host(&self) -> Host {
        Host::new(RawHost_TO::from_value(self.clone(), TD_Opaque))
    }

    /// The same settings and the same log for a successor, which is given this state.
    pub(crate) fn handing(&self, state: &State) -> Self {
        let raw = RawState {
            version: state.version(),
            bytes: state.bytes().into(),
        };
        Self {
            state: Arc::new(Mutex::new(Some(raw))),
            ..self.clone()
        }
    }

    /// The lines of the log so far: level and text.
    pub(crate) fn lines(&self) -> Vec<(u8, String)> {
        self.lines.lock().clone()
    }
}

impl RawHost for TestHost {
    fn setting(&self, key: RStr<'_>) -> ROption<RawSetting> {
        self.settings
            .iter()
            .zip(1..)
            .find(|((name, _), _)| *name == key.as_str())
            .map(|((_, value), line)| RawSetting {
                value: value.as_str().into(),
                origin: format!("config.properties:{line}").into(),
            })
            .into()
    }

    fn take_state(&self) -> ROption<RawState> {
        self.state.lock().take().into()
    }

    fn log(&self, level: u8, message: RStr<'_>) {
        self.lines.lock().push((level, message.as_str().to_owned()));
    }
}

/// A request with a query and `Authorization` headers.
#[derive(Clone, Debug, Default)]
pub(crate) struct TestRequest {
    query: String,
    authorization: Vec<Vec<u8>>,
}

impl TestRequest {
    pub(crate) fn with_query(query: &str) -> Self {
        Self {
            query: query.to_owned(),
            authorization: Vec::new(),
        }
    }

    pub(crate) fn with_authorization(mut self, value: impl Into<Vec<u8>>) -> Self {
        self.authorization.push(value.into());
        self
    }

    /// Calls as the host does: through the types of the boundary.
    pub(crate) fn given_to<T>(&self, call: impl FnOnce(&Request<'_>, &Context<'_>) -> T) -> T {
        let request: RawRequestRef<'_> = RawRequest_TO::from_ptr(RRef::new(self), TD_Opaque);
        let context: RawContextRef<'_> = RawContext_TO::from_ptr(RRef::new(&Nothing), TD_Opaque);
        call(&Request::new(&request), &Context::new(&context))
    }
}

impl RawRequest for TestRequest {
    fn method(&self) -> RStr<'_> {
        RStr::from_str("GET")
    }

    fn path(&self) -> RStr<'_> {
        RStr::from_str("/token")
    }

    fn query(&self) -> RStr<'_> {
        RStr::from_str(&self.query)
    }

    fn header(&self, name: RStr<'_>) -> RawHeaderLookup<'_> {
        assert_eq!(name.as_str(), "authorization");
        RawHeaderLookup {
            count: self.authorization.len(),
            first: self
                .authorization
                .first()
                .map_or(RSlice::EMPTY, |value| RSlice::from_slice(value)),
        }
    }

    fn header_value(&self, _name: RStr<'_>, _index: usize) -> ROption<RSlice<'_, u8>> {
        ROption::RNone
    }

    fn header_at(&self, _index: usize) -> ROption<RawHeader<'_>> {
        ROption::RNone
    }

    fn peer_address(&self) -> RawPeerAddress {
        RawPeerAddress {
            octets: [0; 16],
            port: 0,
            ip_version: 4,
        }
    }

    fn body(&self) -> RSlice<'_, u8> {
        RSlice::EMPTY
    }
}

/// A context without settings and models.
#[derive(Debug)]
struct Nothing;

impl RawContext for Nothing {
    fn setting(&self, _key: RStr<'_>) -> ROption<RStr<'_>> {
        ROption::RNone
    }

    fn setting_at(&self, _index: usize) -> ROption<RawEntry<'_>> {
        ROption::RNone
    }

    fn models(&self) -> RVec<RawModelBox> {
        RVec::new()
    }
}
