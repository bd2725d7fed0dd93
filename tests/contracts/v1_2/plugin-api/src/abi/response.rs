use std::fmt;

use abi_stable::{
    StableAbi,
    std_types::{RString, RVec},
};

/// [`Response`](crate::Response) across the boundary.
#[repr(C)]
#[derive(Clone, StableAbi)]
pub struct RawResponse {
    /// 200 to 599; the host responds with 500 for any other value.
    pub status: u16,
    /// In order; a name may come more than once.
    pub headers: RVec<RawResponseHeader>,
    /// Complete body.
    pub body: RVec<u8>,
}

/// Neither values of headers nor the body: they may contain a key.
impl fmt::Debug for RawResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RawResponse")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

/// One header of a response; the host rejects names and values that HTTP does not allow.
#[repr(C)]
#[derive(Clone, StableAbi)]
pub struct RawResponseHeader {
    /// In any case.
    pub name: RString,
    /// Visible ASCII.
    pub value: RString,
}

impl fmt::Debug for RawResponseHeader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RawResponseHeader")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// [`PluginError`](crate::PluginError) across the boundary.
#[repr(C)]
#[derive(Clone, Debug, StableAbi)]
pub struct RawError {
    /// See [`ErrorCode`](crate::ErrorCode).
    pub code: crate::ErrorCode,
    /// Public text: it may reach the caller of the endpoint.
    pub message: RString,
}
