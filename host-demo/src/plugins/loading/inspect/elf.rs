//! The minimum length of an ELF file according to its headers.

use object::{
    Endianness,
    elf::{FileHeader64, PT_LOAD},
    read::elf::{FileHeader, ProgramHeader},
};

/// The end of the last segment to load, or of the table of sections.
///
/// A segment beyond the end of the file would kill the process in the dynamic linker, and sections
/// beyond it could not be read.
///
/// # Errors
/// The headers are damaged.
pub(super) fn expected_bytes(bytes: &[u8]) -> Result<u64, object::Error> {
    let header_bytes = size_of::<FileHeader64<Endianness>>();
    if bytes.len() < header_bytes {
        return Ok(header_bytes as u64);
    }
    let header = FileHeader64::<Endianness>::parse(bytes)?;
    let endian = header.endian()?;
    let table = |offset: u64, entries: u16, entry_bytes: u16| {
        offset.saturating_add(u64::from(entries) * u64::from(entry_bytes))
    };
    let segments = table(
        header.e_phoff(endian),
        header.e_phnum(endian),
        header.e_phentsize(endian),
    );
    let sections = table(
        header.e_shoff(endian),
        header.e_shnum(endian),
        header.e_shentsize(endian),
    );
    let end_of_tables = segments.max(sections);
    if end_of_tables > bytes.len() as u64 {
        return Ok(end_of_tables);
    }
    let loaded = header.program_headers(endian, bytes)?.iter();
    let ends = loaded
        .filter(|segment| segment.p_type(endian) == PT_LOAD)
        .map(|segment| {
            segment
                .p_offset(endian)
                .saturating_add(segment.p_filesz(endian))
        });
    Ok(ends.fold(end_of_tables, u64::max))
}
