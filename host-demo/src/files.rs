//! Files that the configuration names, and files in a folder that it names.
//!
//! Each is opened once, judged by what was opened, and read from that: a pipe never makes the reader
//! wait, and a file that takes the place of another one in between is not mistaken for it. Pipes are
//! refused, `/dev/stdin` and `<(COMMAND)` of a shell included: a file that is read again at a reload
//! must be there then.

pub use self::regular_file::RegularFileError;
pub(crate) use self::{
    beneath::{BeneathError, open_beneath},
    regular_file::{RegularFile, read, read_text},
};

mod beneath;
mod regular_file;
