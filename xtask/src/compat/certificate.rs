//! A certificate for the host, made for one run.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use crate::error::{ErrorContext as _, TaskError};

/// Writes a certificate for 127.0.0.1 that is valid for two days, and its private key, which only
/// this user can read.
///
/// # Errors
/// The program `openssl` is missing or fails.
pub(super) fn write(certificate: &Path, private_key: &Path) -> Result<(), TaskError> {
    let output = Command::new("openssl")
        .args(["req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=host"])
        .args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1"])
        .arg("-keyout")
        .arg(private_key)
        .arg("-out")
        .arg(certificate)
        .stdin(Stdio::null())
        .output()
        .context(|| "starting openssl")?;
    if output.status.success() {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    Err(TaskError::program("openssl", errors.trim()))
}
