use std::{
    fs::OpenOptions,
    io::{ErrorKind, Write as _},
    os::unix::fs::OpenOptionsExt as _,
};

use rustix::fs::OFlags;

use super::Host;

/// A stream that a host writes to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are two")]
pub enum Output {
    /// Standard output, which has the access log.
    Standard,
    /// Standard error, which has the log.
    Error,
}

impl Output {
    const fn descriptor(self) -> u8 {
        match self {
            Self::Standard => 1,
            Self::Error => 2,
        }
    }
}

impl Host {
    /// Reads nothing more of an output until the host has ended, and fills the pipe.
    pub fn stop_reading(&self, output: Output) {
        let gate = &self.process.gates[output as usize];
        gate.close();
        let path = format!(
            "/proc/{}/fd/{}",
            self.pid().as_raw_nonzero(),
            output.descriptor()
        );
        let mut pipe = OpenOptions::new()
            .write(true)
            .custom_flags(i32::try_from(OFlags::NONBLOCK.bits()).expect("flags"))
            .open(path)
            .expect("the host's end of the pipe");
        // Wakes a reader that has begun to read.
        pipe.write_all(b"\n").expect("room for a byte");
        gate.wait_for_reader();
        let full = loop {
            if let Err(error) = pipe.write(b"\n") {
                break error.kind();
            }
        };
        assert_eq!(full, ErrorKind::WouldBlock);
    }
}
