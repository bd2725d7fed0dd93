//! WebSocket upgrades: after the upstream's 101 the two connections are joined.

use std::{future::pending, time::Duration};

use http::{
    HeaderMap, HeaderValue, Method, Version,
    header::{CONNECTION, UPGRADE},
    request::Parts,
};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::{
    io::copy_bidirectional,
    task::spawn_local,
    time::{sleep, timeout},
};

use super::stream_limits::RECHECK_INTERVAL;
use crate::http::connection_headers::members;

/// The only protocol that a connection may be switched to: another one, such as `h2c`, would carry
/// requests that are never checked.
pub(super) const WEBSOCKET: HeaderValue = HeaderValue::from_static("websocket");

/// Whether a request asks for the WebSocket protocol.
pub(crate) fn asks_for_websocket(parts: &Parts) -> bool {
    parts.version == Version::HTTP_11
        && parts.method == Method::GET
        && members(&parts.headers, CONNECTION).any(|one| one.eq_ignore_ascii_case(b"upgrade"))
        && is_websocket(&parts.headers)
}

/// Whether `Upgrade` names WebSocket alone.
pub(super) fn is_websocket(headers: &HeaderMap) -> bool {
    let mut protocols = members(headers, UPGRADE);
    let first = protocols.next();
    first.is_some_and(|one| one.eq_ignore_ascii_case(WEBSOCKET.as_bytes()))
        && protocols.next().is_none()
}

/// The headers of a 101 that apply to the client's connection.
pub(super) fn set_headers(headers: &mut HeaderMap) {
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, WEBSOCKET);
}

/// Passes bytes both ways until one side ends, for at most `duration_max`, and only while `recheck`
/// says that the key is valid. `held` is dropped then.
pub(super) fn join(
    client: OnUpgrade,
    upstream: OnUpgrade,
    duration_max: Duration,
    recheck: Option<Box<dyn Fn() -> bool>>,
    held: impl Sized + 'static,
) {
    spawn_local(async move {
        let joined = async {
            let (mut client, mut upstream) = (
                TokioIo::new(client.await.ok()?),
                TokioIo::new(upstream.await.ok()?),
            );
            copy_bidirectional(&mut client, &mut upstream).await.ok()
        };
        // The end of a tunnel is the business of its two ends.
        tokio::select! {
            _ = timeout(duration_max, joined) => {}
            () = revoked(recheck) => {}
        }
        drop(held);
    });
}

/// Waits until the key is no longer valid.
async fn revoked(recheck: Option<Box<dyn Fn() -> bool>>) {
    let Some(recheck) = recheck else {
        return pending().await;
    };
    while recheck() {
        sleep(RECHECK_INTERVAL).await;
    }
}
