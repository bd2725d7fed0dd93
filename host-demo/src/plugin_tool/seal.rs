//! `host-demo plugin seal`: writes a digest of what is loaded of a file into its manifest.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use crate::plugins::{PluginFile, PluginLoadError, SealError, seal};

/// Seals a file, which is replaced atomically. One that is sealed stays as it is.
pub(super) fn run(path: &Path) -> io::Result<ExitCode> {
    match sealed(path) {
        Ok(said) => {
            writeln!(io::stdout(), "{}: {said}", path.display())?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            writeln!(io::stderr(), "{error}")?;
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Why there is no sealed file.
#[derive(Debug, thiserror::Error)]
enum SealFileError {
    #[error(transparent)]
    File(#[from] PluginLoadError),
    #[error("plugin {path}: {reason}")]
    Seal { path: String, reason: SealError },
    #[error("plugin {path}: cannot be replaced: {reason}")]
    Write { path: String, reason: io::Error },
}

fn sealed(path: &Path) -> Result<String, SealFileError> {
    let plugin = PluginFile::read(path)?;
    if plugin.candidate().manifest.segments_sha256.is_some() {
        return Ok("is sealed already, and intact".to_owned());
    }
    let shown = || path.display().to_string();
    let mut bytes = plugin.candidate().bytes.clone();
    let digest = seal(&mut bytes).map_err(|reason| SealFileError::Seal {
        path: shown(),
        reason,
    })?;
    replace(path, &bytes).map_err(|reason| SealFileError::Write {
        path: shown(),
        reason,
    })?;
    Ok(format!("sealed, sha256 of its segments {digest}"))
}

/// With the mode of the file; a link stays one to the new file. A server that has loaded the old file is not
/// affected. After a crash of the machine the file is the old one or the new one.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let folder = path.parent().unwrap_or_else(|| Path::new("/"));
    let mut new = tempfile::Builder::new()
        .prefix(".seal-")
        .tempfile_in(folder)?;
    new.write_all(bytes)?;
    new.as_file()
        .set_permissions(fs::metadata(&path)?.permissions())?;
    new.as_file().sync_all()?;
    new.persist(&path).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()
}
