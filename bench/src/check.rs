//! The check that is measured: a request with a valid management key.

use std::{
    error::Error,
    fs::{self, File},
    io::Write as _,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::Path,
};

use host_demo::{
    config::{CommandLine, Config},
    server::TokenCheck,
};
use http::{HeaderValue, Request, header::AUTHORIZATION, request::Parts};
use plugin_api::TokenType;
use serde_json::Value;

const PEER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 40_000);

/// A token plugin, opened as a server opens it, and a request with the first management key.
#[derive(Debug)]
pub(crate) struct ManagementCheck {
    check: TokenCheck,
    pub(crate) request: Parts,
}

impl ManagementCheck {
    /// Opens the token plugin of `plugins`, which writes its keys into the folder `work`.
    ///
    /// # Errors
    /// Any error that aborts the startup of a server.
    pub(crate) fn open(plugins: &Path, work: &Path) -> Result<Self, Box<dyn Error>> {
        let key_file = work.join("key_file.json");
        let properties = work.join("config.properties");
        writeln!(
            File::create(&properties)?,
            "plugins_path={}\ntoken_key_file={}",
            plugins.display(),
            key_file.display()
        )?;
        let (config, _) = Config::resolve(&CommandLine::with_file(properties), |_| None)?;
        let check = TokenCheck::open(&config)?.ok_or("the folder contains no token plugin")?;
        Ok(Self {
            request: request(&key_file)?,
            check,
        })
    }

    /// Asks the plugin whether it allows the request.
    pub(crate) fn allows(&self) -> bool {
        let path = self.request.uri.path();
        self.check
            .allows(&self.request, path, PEER, TokenType::MANAGEMENT)
    }

    /// Makes the plugin replace its keys; the request keeps the old one.
    ///
    /// # Errors
    /// The plugin failed.
    pub(crate) fn replace_keys(&self) -> Result<(), Box<dyn Error>> {
        Ok(self.check.replace_keys()?)
    }
}

/// The request of a client such as curl, with the management key of a key file.
///
/// # Errors
/// The key file cannot be read, or contains no management key.
pub(crate) fn request(key_file: &Path) -> Result<Parts, Box<dyn Error>> {
    let keys: Value = serde_json::from_slice(&fs::read(key_file)?)?;
    let key = keys["management"]["key"]
        .as_str()
        .ok_or("the key file contains no management key")?;
    let mut authorization = HeaderValue::from_str(&format!("Bearer {key}"))?;
    authorization.set_sensitive(true);
    let request = Request::get("/models")
        .header("host", "127.0.0.1:8081")
        .header("user-agent", "curl/8")
        .header("accept", "*/*")
        .header(AUTHORIZATION, authorization)
        .body(())?;
    Ok(request.into_parts().0)
}
