//! Another process of this executable, for a file that may end the process which loads it: a plugin or
//! a model.

pub(crate) use self::process::{ChildProcess, environment, is_timeout, socket_of_the_parent};

pub(crate) mod limits;
mod process;
