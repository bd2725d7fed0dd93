//! `host-demo plugin new`: a crate that builds, passes its tests and loads.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use self::{
    dependency::{PluginApi, PluginApiError},
    name::{CrateName, NameError},
};
use crate::cli::{PluginApiSource, PluginKind};

mod dependency;
mod name;
mod template;

/// Writes the crate into a new folder of the working directory.
pub(super) fn run(name: &str, kind: PluginKind, source: &PluginApiSource) -> io::Result<ExitCode> {
    match create(name, kind, source) {
        Ok(next_steps) => {
            io::stdout().lock().write_all(next_steps.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            writeln!(io::stderr(), "{error}")?;
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Why no crate was created.
#[derive(Debug, thiserror::Error)]
enum NewError {
    #[error(transparent)]
    Name(#[from] NameError),
    #[error(transparent)]
    PluginApi(#[from] PluginApiError),
    #[error("folder {name}: {reason}: expected a name that is not taken")]
    Folder { name: String, reason: io::Error },
    #[error("file {name}/{file}: {reason}")]
    File {
        name: String,
        file: &'static str,
        reason: io::Error,
    },
}

fn create(name: &str, kind: PluginKind, source: &PluginApiSource) -> Result<String, NewError> {
    let name: CrateName = name.parse()?;
    let plugin_api = PluginApi::find(source)?;
    let folder = Path::new(name.as_str());
    let taken = |reason| NewError::Folder {
        name: name.as_str().to_owned(),
        reason,
    };
    fs::create_dir(folder).map_err(taken)?;
    fs::create_dir(folder.join("src")).map_err(taken)?;
    for (file, text) in template::files(kind, &name, &plugin_api) {
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(folder.join(file))
            .and_then(|mut new| new.write_all(text.as_bytes()));
        written.map_err(|reason| NewError::File {
            name: name.as_str().to_owned(),
            file,
            reason,
        })?;
    }
    Ok(next_steps(&name, &plugin_api))
}

fn next_steps(name: &CrateName, plugin_api: &PluginApi) -> String {
    let library = name.library();
    let name = name.as_str();
    let from = plugin_api.in_words();
    format!(
        "{name} is written; its plugin-api is {from}.\n\n\
         Next:\n\
         \x20 cd {name}\n\
         \x20 cargo test\n\
         \x20 cargo build --release\n\
         \x20 host-demo plugin seal target/release/{library}\n\
         \x20 host-demo plugin check target/release/{library}\n\
         \x20 install -m 0644 target/release/{library} DIR   # the folder of --plugins-path\n"
    )
}
