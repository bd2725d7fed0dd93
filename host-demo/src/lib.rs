//! A token authorization gateway for model servers with hot-swappable native plugins.
//!
//! # Layout
//!
//! | folder | what |
//! | --- | --- |
//! | [`cli`], [`config`] | the command line, the configuration |
//! | [`process`], [`signals`] | a server from its start to its end |
//! | [`server`] | composition: build, bind, serve, stop |
//! | `listener` | a socket becomes requests |
//! | `request` | one request from top to bottom: path, route, permit, response |
//! | `backend` | the services behind the permit |
//! | `generations` | which plugins serve, and how the next ones take over |
//! | `policy` | authorization: permits and the decision about them |
//! | `plugins` | the plugins: trusted, loaded, running |
//! | [`profile`] | what the calls of each model server do, and so which key opens them |
//! | `http`, [`telemetry`] | HTTP without policy; log, access log, metrics |
//! | `files` | reading files that the configuration names |
//! | `trial` | a process of its own for a file that may end the one which loads it |
//! | [`blocking`] | threads for work that blocks |
//! | [`model_trial`] | the process in which a model is tried |
//! | [`plugin_tool`] | `host-demo plugin`, for authors of plugins |
//! | [`profile_tool`] | `host-demo profile`, for operators |

pub mod blocking;
pub mod cli;
pub mod config;
pub mod model_trial;
pub mod plugin_tool;
pub mod process;
pub mod profile;
pub mod profile_tool;
pub mod server;
pub mod signals;
pub mod telemetry;

pub use self::{
    backend::{
        models::{
            ImageError, InferenceError, InvalidName, LookupError, ModelError, ModelLimitError,
            ModelName, ModelUrl, ModelVersion, RegisterError, ScaleError, StoreError,
        },
        proxy::{InvalidOrigin, ProxyError},
    },
    files::RegularFileError,
    generations::{BuildError, RotationRuns, TokenPluginFailure},
    listener::descriptors::TooFewDescriptors,
    plugins::{
        AllowListError, CopiesError, CopiesFolderError, CopyError, DuplicateEndpoint, FileError,
        FileProbeError, FileSetError, FolderError, GateError, InspectError, LibraryError,
        NotAllowed, NotTrusted, OpenThreadError, PermissionError, PluginLoadError, PublicKeyError,
        RegistrationError, SignatureError, TokenPluginError, WritesIntoPlugins,
    },
    server::StartError,
    tls::{TlsError, TlsFile},
};

#[cfg(fuzzing)]
pub mod fuzzing;

mod backend;
mod files;
mod generations;
mod http;
mod listener;
mod plugins;
mod policy;
mod request;
mod tls;
mod trial;
