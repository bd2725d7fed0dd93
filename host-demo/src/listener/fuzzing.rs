//! The PROXY protocol and the time limits of connections for the fuzz targets.

use std::{
    net::SocketAddr,
    pin::pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use super::{connection_sweep::ConnectionSweep, proxy_protocol::read_header};
use crate::http::connection_state::ConnectionState;

/// The client that the header at the beginning of these bytes names, and how many bytes it has.
///
/// # Errors
/// Why the connection is closed.
pub fn proxy_header(bytes: &[u8]) -> Result<(Option<SocketAddr>, usize), String> {
    let mut rest = bytes;
    let client = {
        let mut reading = pin!(read_header(&mut rest));
        match reading
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(client) => client.map_err(|error| error.to_string())?,
            Poll::Pending => return Err("bytes in memory are always ready".to_owned()),
        }
    };
    Ok((client, bytes.len() - rest.len()))
}

/// Closes a connection once it is over its time, as the thread does that serves it.
pub(crate) fn sweep(state: &Arc<ConnectionState>) {
    Rc::new(ConnectionSweep::default()).watch(Arc::clone(state));
}
