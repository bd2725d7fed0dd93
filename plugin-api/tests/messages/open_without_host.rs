use plugin_api::{Plugin, PluginError};

fn open() -> Result<Plugin, PluginError> {
    Ok(Plugin::new())
}

plugin_api::export_plugin! { open: open, endpoints: [] }

fn main() {}
