use abi_stable::{
    StableAbi, sabi_trait,
    sabi_types::RRef,
    std_types::{RBox, ROption, RStr, RVec},
};

/// [`Context`](crate::Context) across the boundary.
#[sabi_trait]
pub trait RawContext: Send + Sync {
    /// The value of a setting; secrets are never given.
    fn setting(&self, key: RStr<'_>) -> ROption<RStr<'_>>;
    /// One setting of all, counted from 0.
    fn setting_at(&self, index: usize) -> ROption<RawEntry<'_>>;
    /// See [`Context::models`](crate::Context::models).
    #[sabi(last_prefix_field)]
    fn models(&self) -> RVec<RawModelBox>;
}

/// A borrowed [`RawContext`].
pub type RawContextRef<'a> = RawContext_TO<'a, RRef<'a, ()>>;

/// One setting.
#[repr(C)]
#[derive(Clone, Copy, Debug, StableAbi)]
pub struct RawEntry<'a> {
    /// The name, as in config.properties.
    pub key: RStr<'a>,
    /// As it was written, without surrounding white space.
    pub value: RStr<'a>,
}

/// [`Model`](crate::Model) across the boundary.
#[sabi_trait]
pub trait RawModel: Send + Sync {
    /// See [`Model::name`](crate::Model::name).
    fn name(&self) -> RStr<'_>;
    /// See [`Model::version`](crate::Model::version).
    fn version(&self) -> RStr<'_>;
    /// See [`Model::url`](crate::Model::url).
    fn url(&self) -> RStr<'_>;
    /// See [`Model::handler`](crate::Model::handler).
    fn handler(&self) -> RStr<'_>;
    /// See [`Model::workers`](crate::Model::workers).
    #[sabi(last_prefix_field)]
    fn workers(&self) -> RVec<RawWorker>;
}

/// An owned [`RawModel`].
pub type RawModelBox = RawModel_TO<'static, RBox<()>>;

/// [`Worker`](crate::Worker) across the boundary. Frozen: what 1.x adds comes as a method of [`RawModel`].
#[repr(C)]
#[derive(Clone, Copy, Debug, StableAbi)]
pub struct RawWorker {
    /// Whether it takes requests.
    pub is_running: bool,
    /// Memory of its own, in bytes.
    pub memory_bytes: u64,
}
