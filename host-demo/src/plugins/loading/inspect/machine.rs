//! The machine for which a file was built.

use object::{Architecture, BinaryFormat, Object};

/// Format, architecture, width and byte order of a file.
pub(super) fn of(file: &object::File<'_>) -> String {
    describe(
        file.format(),
        file.architecture(),
        file.is_64(),
        file.is_little_endian(),
    )
}

/// Those of this host.
pub(super) fn native() -> String {
    describe(
        BinaryFormat::native_object(),
        native_architecture(),
        cfg!(target_pointer_width = "64"),
        cfg!(target_endian = "little"),
    )
}

fn describe(
    format: BinaryFormat,
    architecture: Architecture,
    is_64: bool,
    is_little_endian: bool,
) -> String {
    let width = if is_64 { 64 } else { 32 };
    let order = if is_little_endian { "little" } else { "big" };
    format!("{format:?} {architecture:?} {width}-bit {order}-endian")
}

const fn native_architecture() -> Architecture {
    if cfg!(target_arch = "x86_64") {
        Architecture::X86_64
    } else if cfg!(target_arch = "aarch64") {
        Architecture::Aarch64
    } else {
        Architecture::Unknown
    }
}
