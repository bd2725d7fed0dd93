use plugin_api::{Host, Plugin};

fn open(_: &Host) -> Plugin {
    Plugin::new()
}

plugin_api::export_plugin! { open: open, endpoints: [] }

fn main() {}
