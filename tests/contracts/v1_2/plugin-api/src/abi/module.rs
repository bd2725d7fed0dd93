use abi_stable::{
    StableAbi,
    library::RootModule,
    package_version_strings, sabi_trait,
    sabi_types::VersionStrings,
    std_types::{RBox, ROption, RResult, RStr, RVec},
};

use super::{RawEndpointBox, RawError, RawHostBox, RawMetricsRef, RawState, RawTokenAuthorizerBox};

/// The root of a plugin library: what the host finds behind its one exported symbol.
///
/// Fields are only ever appended; a host reads an appended one as an `Option`.
#[repr(C)]
#[derive(Debug, StableAbi)]
#[sabi(kind(Prefix(prefix_ref = PluginModuleRef)))]
#[sabi(missing_field(option))]
pub struct PluginModule {
    /// The plugin's package name, shown in logs and metrics.
    pub name: RStr<'static>,
    /// The plugin's package version.
    pub version: RStr<'static>,
    /// Creates the plugin: called once, on a thread that may block, before any request.
    #[sabi(last_prefix_field)]
    pub open: extern "C" fn(host: RawHostBox) -> RResult<RawPlugin, RawError>,
}

impl RootModule for PluginModuleRef {
    abi_stable::declare_root_module_statics! {PluginModuleRef}

    const BASE_NAME: &'static str = "plugin";
    const NAME: &'static str = "plugin";
    const VERSION_STRINGS: VersionStrings = package_version_strings!();
}

/// An opened plugin. Frozen: what 1.x adds comes as a method of [`RawLifecycle`].
#[repr(C)]
#[derive(StableAbi)]
pub struct RawPlugin {
    /// In the order of registration.
    pub endpoints: RVec<RawEndpointBox>,
    /// Present in a token plugin.
    pub token_authorizer: ROption<RawTokenAuthorizerBox>,
    /// Kept by the host for as long as it uses the plugin.
    pub lifecycle: RawLifecycleBox,
}

impl std::fmt::Debug for RawPlugin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("RawPlugin")
            .field("endpoints", &self.endpoints.len())
            .field("token_authorizer", &self.token_authorizer.is_some())
            .finish_non_exhaustive()
    }
}

/// What concerns a plugin as a whole.
#[sabi_trait]
pub trait RawLifecycle: Send + Sync {
    /// Whether the plugin continues with the state that [`RawHost::take_state`] returned.
    ///
    /// [`RawHost::take_state`]: crate::abi::RawHost::take_state
    fn took_over(&self) -> bool;
    /// See [`Plugin::on_hand_over`](crate::Plugin::on_hand_over). The plugin continues to serve,
    /// because its successor may still fail.
    fn hand_over(&self) -> ROption<RawState>;
    /// See [`Plugin::on_retire`](crate::Plugin::on_retire).
    fn retire(&self);
    /// The server shuts down, or a successor serves that did not take over the state. Called once, after
    /// the last request of the plugin; not after [`retire`](Self::retire).
    #[sabi(last_prefix_field)]
    fn shutdown(&self);
    /// See [`Plugin::ready_when`](crate::Plugin::ready_when). Since 1.1.
    fn ready(&self) -> RResult<(), RawError> {
        RResult::ROk(())
    }
    /// See [`Plugin::metrics`](crate::Plugin::metrics). Since 1.1.
    fn metrics(&self, into: &RawMetricsRef<'_>) {
        let _ = into;
    }
}

/// An owned [`RawLifecycle`].
pub type RawLifecycleBox = RawLifecycle_TO<'static, RBox<()>>;
