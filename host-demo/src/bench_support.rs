//! The token check without a server around it, for those who measure it.

use std::{
    error::Error,
    fs::{self, File},
    io::Write as _,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
};

use http::{HeaderValue, Request, header::AUTHORIZATION, request::Parts};
use plugin_api::TokenType;
use serde_json::Value;

pub use self::allocations::allocations_in;
use crate::{
    config::{CommandLine, Config},
    plugins::{RequestView, TokenPlugin},
    server::startup::Prepared,
};

mod allocations;
#[cfg(test)]
mod tests;

/// A token plugin, opened as a server opens it, and a request with its management key.
#[derive(Debug)]
pub struct TokenCheck {
    plugin: Arc<TokenPlugin>,
    parts: Parts,
    key_file: PathBuf,
    // Last, because dropping it ends the plugin and removes the file that it was loaded from.
    _server: Prepared,
}

impl TokenCheck {
    /// Opens the token plugin of `plugins` and lets it write its keys into the folder `work`.
    ///
    /// # Errors
    /// Whatever stops a server's start.
    pub fn load(plugins: &Path, work: &Path) -> Result<Self, Box<dyn Error>> {
        let key_file = work.join("key_file.json");
        let properties = work.join("config.properties");
        writeln!(
            File::create(&properties)?,
            "plugins_path={}\ntoken_key_file={}",
            plugins.display(),
            key_file.display()
        )?;
        let (config, _) = Config::resolve(&CommandLine::with_file(properties), |_| None)?;
        let prepared = Prepared::new(&config)?;
        let plugin = prepared
            .plugins
            .token_plugin()
            .map(Arc::clone)
            .ok_or("the folder holds no token plugin")?;
        plugin.generate_keys()?;
        Ok(Self {
            parts: request(&key_file)?,
            plugin,
            key_file,
            _server: prepared,
        })
    }

    /// Asks the plugin whether the request may go on.
    #[must_use]
    pub fn allows(&self) -> bool {
        let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, 40_000));
        let view = RequestView::new(&self.parts, self.parts.uri.path(), peer, &[]);
        self.plugin
            .check_token_authorization(&view, TokenType::MANAGEMENT)
            .allows()
    }

    /// Lets the plugin replace its keys; the request keeps the old one.
    ///
    /// # Errors
    /// The plugin cannot do it.
    pub fn rotate(&self) -> Result<(), Box<dyn Error>> {
        Ok(self.plugin.generate_keys()?)
    }

    /// Gives the request the key of the key file.
    ///
    /// # Errors
    /// The key file is not what it should be.
    pub fn take_new_key(&mut self) -> Result<(), Box<dyn Error>> {
        self.parts = request(&self.key_file)?;
        Ok(())
    }
}

/// What a client such as curl sends, with the key that a key file holds.
fn request(key_file: &Path) -> Result<Parts, Box<dyn Error>> {
    let keys: Value = serde_json::from_slice(&fs::read(key_file)?)?;
    let key = keys["management"]["key"]
        .as_str()
        .ok_or("the key file holds no management key")?;
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
