//! nginx as it is commonly configured to protect a server: the header is compared in a `map`.

use std::{
    fs::File,
    io::{self, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::tools;
use crate::{
    error::{ErrorContext as _, TaskError},
    http,
};

#[cfg(test)]
mod tests;

const START_TIMEOUT: Duration = Duration::from_secs(5);
const START_POLL: Duration = Duration::from_millis(20);

/// A running nginx in its own folder. Dropping it stops it.
#[derive(Debug)]
pub(super) struct Nginx {
    child: Child,
    address: SocketAddr,
    _folder: TempDir,
}

impl Nginx {
    /// Responds to `GET /models` with `body` for clients that have the key; `None` if nginx is not
    /// installed.
    ///
    /// # Errors
    /// It is installed and does not start.
    pub(super) fn start(key: &str, body: &str) -> Result<Option<Self>, TaskError> {
        let Some(program) = tools::find("nginx") else {
            return Ok(None);
        };
        let folder = TempDir::with_prefix("bench-nginx-").context(|| "creating a folder")?;
        let address = free_address().context(|| "finding a free port")?;
        let file = folder.path().join("nginx.conf");
        let text = configuration(folder.path(), address, key, body);
        File::create(&file)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .context(|| format!("writing {}", file.display()))?;
        let errors = folder.path().join("error.log");
        let child = Command::new(program)
            .arg("-p")
            .arg(folder.path())
            .arg("-e")
            .arg(&errors)
            .arg("-c")
            .arg(&file)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context(|| "starting nginx")?;
        let nginx = Self {
            child,
            address,
            _folder: folder,
        };
        if nginx.responds(key) {
            return Ok(Some(nginx));
        }
        let reason = std::fs::read_to_string(&errors).unwrap_or_default();
        Err(TaskError::program(
            "nginx",
            format!("does not respond: {reason}"),
        ))
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its first process; the others are its children.
    pub(super) fn id(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    fn responds(&self, key: &str) -> bool {
        let start = Instant::now();
        while start.elapsed() < START_TIMEOUT {
            if http::get(self.address, "/models", Some(key)).is_ok() {
                return true;
            }
            thread::sleep(START_POLL);
        }
        false
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ = kill_process(self.id(), Signal::TERM);
            let _ = self.child.wait();
        }
    }
}

/// Free now; another process is unlikely to take it in the meantime.
fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

fn configuration(folder: &Path, address: SocketAddr, key: &str, body: &str) -> String {
    let folder = folder.display();
    let body = body.replace('\\', r"\\").replace('\'', r"\'");
    format!(
        "daemon off;
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{
  worker_connections 1024;
}}
http {{
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  default_type application/json;
  map_hash_bucket_size 256;
  map $http_authorization $is_allowed {{
    default 0;
    'Bearer {key}' 1;
  }}
  server {{
    listen {address} reuseport;
    location = /models {{
      if ($is_allowed = 0) {{
        return 400;
      }}
      return 200 '{body}';
    }}
  }}
}}
"
    )
}
