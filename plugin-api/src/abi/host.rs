use abi_stable::{
    StableAbi, sabi_trait,
    std_types::{RBox, ROption, RStr, RString},
};

/// What a host offers to a plugin from its opening on.
#[sabi_trait]
pub trait RawHost: Send + Sync {
    /// The value of a setting and where it was set; secrets are never given.
    fn setting(&self, key: RStr<'_>) -> ROption<RawSetting>;
    /// Writes one line to the host's log. Levels are those of [`LogLevel`](crate::LogLevel);
    /// the host takes an unknown one as ERROR, and escapes control characters.
    #[sabi(last_prefix_field)]
    fn log(&self, level: u8, message: RStr<'_>);
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
