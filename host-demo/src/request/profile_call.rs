//! A request, as a profile looks at it.

use http::request::Parts;

use crate::{
    backend::proxy::asks_for_websocket,
    http::grpc_status::is_grpc,
    profile::{Call, CallKind},
};

pub(super) fn profile_call(parts: &Parts) -> Call<'_> {
    let kind = match () {
        () if is_grpc(parts.version, &parts.headers) => CallKind::Grpc,
        () if asks_for_websocket(parts) => CallKind::WebSocket,
        () => CallKind::Plain,
    };
    Call::new(&parts.method, parts.uri.path(), kind)
}
