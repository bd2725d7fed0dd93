use abi_stable::{
    StableAbi,
    std_types::{RString, RVec},
};

/// [`Response`](crate::Response) across the boundary.
#[repr(C)]
#[derive(Clone, Debug, StableAbi)]
pub struct RawResponse {
    /// 200 to 599; the host answers 500 for any other value.
    pub status: u16,
    /// In order; a name may come more than once.
    pub headers: RVec<RawResponseHeader>,
    /// Complete body.
    pub body: RVec<u8>,
}

/// One header of a response; the host refuses names and values that HTTP does not allow.
#[repr(C)]
#[derive(Clone, Debug, StableAbi)]
pub struct RawResponseHeader {
    /// In any case.
    pub name: RString,
    /// Visible ASCII.
    pub value: RString,
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
