//! Files of TLS for the fuzz targets.

use std::{path::PathBuf, time::Duration};

use super::server::ServerTls;
use crate::config::ListenerTls;

/// When the certificate of a listener with these files ends to be valid, since 1970.
///
/// # Errors
/// Why the files are refused.
pub fn expiration(
    certificate_file: PathBuf,
    private_key_file: PathBuf,
    client_ca_file: Option<PathBuf>,
    handshake_timeout: Duration,
) -> Result<Duration, String> {
    let settings = ListenerTls {
        certificate_file,
        private_key_file,
        client_ca_file,
        handshake_timeout,
    };
    let tls = ServerTls::load(&settings).map_err(|error| error.to_string())?;
    Ok(tls.expiration())
}
