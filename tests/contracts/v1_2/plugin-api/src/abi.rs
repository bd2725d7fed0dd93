//! What crosses the boundary between a host and a plugin: for hosts and for [`export_plugin!`].
//!
//! Plugin authors never name these types; [`Endpoint`], [`TokenAuthorizer`] and [`Request`] wrap them.
//! Every type here is part of the binary contract: see `docs/abi.md` for what may change in 1.x.
//! Names of types, of fields and of the parameters of function pointers are ABI.
//!
//! [`export_plugin!`]: crate::export_plugin
//! [`Endpoint`]: crate::Endpoint
//! [`TokenAuthorizer`]: crate::TokenAuthorizer
//! [`Request`]: crate::Request

pub use self::{
    context::{
        RawContext, RawContext_TO, RawContextRef, RawEntry, RawModel, RawModel_TO, RawModelBox,
        RawWorker,
    },
    endpoint::{RawEndpoint, RawEndpoint_TO, RawEndpointBox},
    host::{RawHost, RawHost_TO, RawHostBox, RawSetting, RawState},
    metrics::{RawMetrics, RawMetrics_TO, RawMetricsRef},
    module::{
        PluginModule, PluginModuleRef, RawLifecycle, RawLifecycle_TO, RawLifecycleBox, RawPlugin,
    },
    request::{
        RawHeader, RawHeaderLookup, RawPeerAddress, RawRequest, RawRequest_TO, RawRequestRef,
    },
    response::{RawError, RawResponse, RawResponseHeader},
    token_authorizer::{RawTokenAuthorizer, RawTokenAuthorizer_TO, RawTokenAuthorizerBox},
    type_name::{is_foreign, type_name},
};

mod context;
mod endpoint;
mod host;
mod metrics;
mod module;
mod request;
mod response;
mod token_authorizer;
mod type_name;
