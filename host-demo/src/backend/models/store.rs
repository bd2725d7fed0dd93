//! The folder of model files, which a model url cannot leave.
//!
//! TorchServe fetched any url of a management request (CVE-2023-43654). Here a url is only the name
//! of a file in the model store.

use std::{
    ffi::OsStr,
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use thiserror::Error;

use crate::files::{BeneathError, RegularFileError, open_beneath};

/// A folder of `.onnx` files.
#[derive(Clone, Debug)]
pub(crate) struct ModelStore {
    /// Canonical, and opened anew for each file.
    folder: PathBuf,
}

impl ModelStore {
    /// Opens the folder. Blocks on the file system.
    ///
    /// # Errors
    ///
    /// [`StoreError::Folder`] when the folder cannot be read.
    pub(crate) fn open(folder: &Path) -> Result<Self, StoreError> {
        let in_folder = |source| StoreError::Folder {
            path: folder.to_owned(),
            source,
        };
        let canonical = fs::canonicalize(folder).map_err(in_folder)?;
        fs::read_dir(&canonical).map_err(in_folder)?;
        Ok(Self { folder: canonical })
    }

    /// Every `.onnx` file of the store, in name order: TorchServe's `--models all`. Hidden files
    /// and folders are left out. Blocks on the file system.
    ///
    /// # Errors
    ///
    /// [`StoreError::Folder`] when the folder cannot be read.
    pub(crate) fn all(&self) -> Result<Vec<ModelUrl>, StoreError> {
        let in_folder = |source| StoreError::Folder {
            path: self.folder.clone(),
            source,
        };
        let mut urls = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(in_folder)? {
            let entry = entry.map_err(in_folder)?;
            let url = entry.file_name().to_str().map(ModelUrl::parse);
            if let Some(Ok(url)) = url
                && !entry.path().is_dir()
            {
                urls.push(url);
            }
        }
        urls.sort();
        Ok(urls)
    }

    /// Reads a model file. Blocks on the file system.
    ///
    /// A link is followed as long as it stays in the store and says where it leads from its own
    /// folder: that is how Kubernetes mounts volumes. Nobody who changes the store at the same time
    /// leads out of it.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when there is no such regular file in the folder, or when it is larger than
    /// 256 MiB.
    pub(crate) fn read(&self, url: &ModelUrl) -> Result<Vec<u8>, StoreError> {
        let bytes = open_beneath(&self.folder, OsStr::new(url.as_str()))
            .and_then(|mut file| Ok(file.read(MODEL_FILE_BYTES_MAX)?));
        bytes.map_err(|error| StoreError::of(url, error))
    }
}

/// The `url` of a model: the plain name of a `.onnx` file in the model store.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ModelUrl(Arc<str>);

impl ModelUrl {
    /// Checks that the url is the name of a file in a folder on any platform, and nothing else.
    ///
    /// # Errors
    ///
    /// [`StoreError::Url`] with the reason.
    pub fn parse(url: &str) -> Result<Self, StoreError> {
        let refuse = |reason| {
            let url = url.chars().take(SHOWN_CHARACTERS_MAX).collect();
            Err(StoreError::Url { url, reason })
        };
        if url.len() > FILE_NAME_BYTES_MAX {
            return refuse("a file name has at most 255 bytes");
        }
        if url.contains("://") {
            return refuse("models are not fetched from other servers");
        }
        if url.contains("..") {
            return refuse("relative path is not allowed");
        }
        if url.contains(['/', '\\', ':']) {
            return refuse("path is not allowed");
        }
        if url.contains(char::is_control) {
            return refuse("control characters are not allowed");
        }
        match url.strip_suffix(ENDING) {
            None => refuse("the name must end in .onnx"),
            Some(stem) if stem.is_empty() || stem.starts_with('.') => {
                refuse("the name must not begin with a dot")
            }
            Some(_) => Ok(Self(Arc::from(url))),
        }
    }

    /// The url as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name without its extension: the default name of the model.
    #[must_use]
    pub fn stem(&self) -> &str {
        self.0.strip_suffix(ENDING).unwrap_or(&self.0)
    }
}

impl fmt::Display for ModelUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A model file cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The host was started without a model store.
    #[error("Model store has not been configured.")]
    NotConfigured,
    /// The folder itself cannot be read.
    #[error("model store {}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The url is not a plain file name.
    #[error("model url {url:?} is not the name of a file in the model store: {reason}")]
    Url {
        /// The url, cut if it is long.
        url: String,
        /// The rule that it violates.
        reason: &'static str,
    },
    /// There is no such file.
    #[error("Model not found at: {url}")]
    NotFound {
        /// The url asked for.
        url: ModelUrl,
    },
    /// The file is a link that leads out of the store, or says where it leads from the root.
    #[error(
        "model url \"{url}\" leads out of the model store: expected a file, or a relative link \
         to a file of the store"
    )]
    Escape {
        /// The url asked for.
        url: ModelUrl,
    },
    /// A folder, a device or a named pipe.
    #[error("model url \"{url}\" is {found}: expected a regular file")]
    NotAFile {
        /// The url asked for.
        url: ModelUrl,
        /// The type of the file.
        found: &'static str,
    },
    /// The file is over the limit.
    #[error("model url \"{url}\" is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The url asked for.
        url: ModelUrl,
        /// The limit.
        limit_bytes: u64,
    },
    /// The file cannot be read.
    #[error("model url \"{url}\" cannot be read")]
    Read {
        /// The url asked for.
        url: ModelUrl,
        /// Why.
        source: RegularFileError,
    },
}

impl StoreError {
    fn of(url: &ModelUrl, error: BeneathError) -> Self {
        let url = url.clone();
        match error {
            BeneathError::Escapes => Self::Escape { url },
            BeneathError::File(RegularFileError::NotRegular { found }) => {
                Self::NotAFile { url, found }
            }
            BeneathError::File(RegularFileError::TooLarge { bytes_max, .. }) => Self::TooLarge {
                url,
                limit_bytes: bytes_max,
            },
            BeneathError::File(RegularFileError::Io(error))
                if error.kind() == io::ErrorKind::NotFound =>
            {
                Self::NotFound { url }
            }
            BeneathError::File(source) => Self::Read { url, source },
        }
    }
}

const ENDING: &str = ".onnx";
const FILE_NAME_BYTES_MAX: usize = 255;
/// The largest model file.
pub(super) const MODEL_FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;
const SHOWN_CHARACTERS_MAX: usize = 64;

#[cfg(test)]
mod tests;
