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
    /// See [`Endpoint::do_get`](crate::Endpoint::do_get).
    fn do_get(
        &self,
        request: &RawRequestRef<'_>,
        context: &RawContextRef<'_>,
    ) -> RResult<RawResponse, RawError>;
    /// See [`Endpoint::do_post`](crate::Endpoint::do_post).
    fn do_post(
        &self,
        request: &RawRequestRef<'_>,
        context: &RawContextRef<'_>,
    ) -> RResult<RawResponse, RawError>;
    /// See [`Endpoint::do_put`](crate::Endpoint::do_put).
    fn do_put(
        &self,
        request: &RawRequestRef<'_>,
        context: &RawContextRef<'_>,
    ) -> RResult<RawResponse, RawError>;
    /// See [`Endpoint::do_delete`](crate::Endpoint::do_delete).
    #[sabi(last_prefix_field)]
    fn do_delete(
        &self,
        request: &RawRequestRef<'_>,
        context: &RawContextRef<'_>,
    ) -> RResult<RawResponse, RawError>;
}

/// An owned [`RawEndpoint`].
pub type RawEndpointBox = RawEndpoint_TO<'static, RBox<()>>;
