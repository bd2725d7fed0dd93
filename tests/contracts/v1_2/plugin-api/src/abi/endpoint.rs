use abi_stable::{
    sabi_trait,
    std_types::{RBox, RResult, RSlice, RStr},
};

use super::{RawContextRef, RawError, RawRequestRef, RawResponse};
use crate::{EndpointType, Method};

/// [`Endpoint`](crate::Endpoint) across the boundary.
#[sabi_trait]
pub trait RawEndpoint: Send + Sync {
    /// See [`Endpoint::URL_PATTERN`](crate::Endpoint::URL_PATTERN).
    fn url_pattern(&self) -> RStr<'static>;
    /// See [`Endpoint::ENDPOINT_TYPE`](crate::Endpoint::ENDPOINT_TYPE).
    fn endpoint_type(&self) -> EndpointType;
    /// See [`Endpoint::DESCRIPTION`](crate::Endpoint::DESCRIPTION).
    fn description(&self) -> RStr<'static>;
    /// See [`Endpoint::METHODS`](crate::Endpoint::METHODS).
    fn methods(&self) -> RSlice<'static, Method>;
    /// Answers a request with one of [`methods`](Self::methods). The code
    /// [`NOT_IMPLEMENTED`](crate::ErrorCode::NOT_IMPLEMENTED) answers any other, one that the plugin does not know
    /// included.
    #[sabi(last_prefix_field)]
    fn call(
        &self,
        method: Method,
        request: &RawRequestRef<'_>,
        context: &RawContextRef<'_>,
    ) -> RResult<RawResponse, RawError>;
}

/// An owned [`RawEndpoint`].
pub type RawEndpointBox = RawEndpoint_TO<'static, RBox<()>>;
