//! A host to measure, in its own folder.

use std::{
    fs::File,
    io::Write as _,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use rustix::process::Pid;
use tempfile::TempDir;

use crate::{
    error::{ErrorContext as _, TaskError},
    host::Host,
};

/// The system chooses every port.
const PORTS: &str = "\
inference_address=http://127.0.0.1:0
management_address=http://127.0.0.1:0
metrics_address=http://127.0.0.1:0
";

/// A host that is ready. Dropping it stops it.
#[derive(Debug)]
pub(super) struct BenchHost {
    pub(super) inference: SocketAddr,
    pub(super) management: SocketAddr,
    host: Host,
    folder: TempDir,
}

impl BenchHost {
    /// Starts a host and waits until it is ready.
    ///
    /// # Errors
    /// It does not become ready.
    pub(super) fn start(
        program: &Path,
        arguments: impl FnOnce(&mut Command),
    ) -> Result<Self, TaskError> {
        let folder = TempDir::with_prefix("bench-host-").context(|| "creating a folder")?;
        let file = folder.path().join("config.properties");
        File::create(&file)
            .and_then(|mut file| file.write_all(PORTS.as_bytes()))
            .context(|| format!("writing {}", file.display()))?;
        let mut command = Command::new(program);
        command
            .current_dir(folder.path())
            .stdout(Stdio::null())
            // Cargo's folders, which the dynamic linker would search first.
            .env_remove("LD_LIBRARY_PATH");
        arguments(&mut command);
        let host = Host::start(&mut command, |_| ())?;
        let ready = host.announcement();
        let addresses = ready.and_then(|ready| ready.inference.zip(ready.management));
        let Some((inference, management)) = addresses else {
            return Err(TaskError::program("host-demo", "did not become ready"));
        };
        Ok(Self {
            inference,
            management,
            host,
            folder,
        })
    }

    /// Where it writes its keys, if it has any.
    pub(super) fn key_file(&self) -> PathBuf {
        self.folder.path().join("key_file.json")
    }

    /// Its process.
    pub(super) fn id(&self) -> Pid {
        self.host.id()
    }
}
