use abi_stable::{
    StableAbi, sabi_trait,
    std_types::{RBox, ROption, RSlice, RStr, RString, RVec},
};
use zeroize::Zeroize;

use super::RawEntry;

/// What a host offers to a plugin while it opens and after.
#[sabi_trait]
pub trait RawHost: Send + Sync {
    /// The value of a setting and where it was set; secrets are never given.
    fn setting(&self, key: RStr<'_>) -> ROption<RawSetting>;
    /// The state that the replaced plugin of the same name handed over; only once, and only while the
    /// plugin opens.
    fn take_state(&self) -> ROption<RawState>;
    /// Writes one line to the host's log. Levels are those of [`LogLevel`](crate::LogLevel). The host treats 0 as
    /// ERROR and any number above the last one as DEBUG, and escapes control characters.
    #[sabi(last_prefix_field)]
    fn log(&self, level: u8, message: RStr<'_>);
    /// See [`Host::audit`](crate::Host::audit). The default body writes a line to the log of a host of 1.0, at INFO.
    /// Since 1.1.
    fn audit(&self, event: RStr<'_>, fields: RSlice<'_, RawEntry<'_>>) {
        let line = crate::host::audit_line(event.as_str(), fields.as_slice());
        self.log(crate::LogLevel::Info as u8, RStr::from_str(&line));
    }
}

/// An owned [`RawHost`].
pub type RawHostBox = RawHost_TO<'static, RBox<()>>;

/// A setting with its origin, such as `config.properties:12`.
#[repr(C)]
#[derive(Clone, Debug, StableAbi)]
pub struct RawSetting {
    /// As it was written, without surrounding white space.
    pub value: RString,
    /// File and line, environment variable or command line.
    pub origin: RString,
}

/// [`State`](crate::State) across the boundary. It may hold secrets and is overwritten when it is dropped.
#[repr(C)]
#[derive(StableAbi)]
pub struct RawState {
    /// The version of the format of `bytes`, which only the plugin knows.
    pub version: u32,
    /// Opaque to the host.
    pub bytes: RVec<u8>,
}

impl std::fmt::Debug for RawState {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("RawState")
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl Drop for RawState {
    fn drop(&mut self) {
        self.bytes.as_mut_slice().zeroize();
    }
}
