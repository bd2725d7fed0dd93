use plugin_api::{Host, Plugin, PluginError};

fn open(_: &Host) -> Result<Plugin, PluginError> {
    Ok(Plugin::new())
}

plugin_api::export_plugin! { open: open, endpoints: [] }

mod other {
    plugin_api::export_plugin! { open: super::open, endpoints: [] }
}

fn main() {}
