use plugin_api::{Host, Plugin, PluginError};

struct Keys;

fn open(_: &Host) -> Result<Plugin, PluginError> {
    Ok(Plugin::new().token_authorizer(Keys))
}

plugin_api::export_plugin! { open: open, endpoints: [] }

fn main() {}
