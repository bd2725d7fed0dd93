//! An ELF file that is built by hand: one segment over the whole file, and four sections.

use object::elf::{
    ELFCLASS64, ELFDATA2LSB, EM_AARCH64, EM_X86_64, ET_DYN, EV_CURRENT, PT_LOAD, SHT_DYNSYM,
    SHT_PROGBITS, SHT_STRTAB,
};

const HEADER_BYTES: usize = 64;
const SEGMENT_BYTES: usize = 56;
const SECTION_BYTES: u16 = 64;
/// Global, a function.
const SYMBOL_INFO: u8 = 0x12;

/// One section: where its name is, its type, its content, the section it refers to, the size of an
/// entry.
struct Section {
    name: u32,
    r#type: u32,
    content: Vec<u8>,
    link: u32,
    entry_bytes: u64,
}

/// A shared library with `content` in the section `name` and with exported symbols.
pub(crate) fn library(name: &str, content: &[u8], exports: &[&str]) -> Vec<u8> {
    let (mut symbols, mut symbol_names) = (vec![0; 24], vec![0]);
    for export in exports {
        symbols.extend(number(symbol_names.len()).to_le_bytes());
        // Defined in section 1, at an address that is not 0.
        symbols.extend([SYMBOL_INFO, 0, 1, 0]);
        symbols.extend(8_u64.to_le_bytes());
        symbols.extend(8_u64.to_le_bytes());
        symbol_names.extend(export.bytes().chain([0]));
    }
    let names = [b"\0".as_slice(), name.as_bytes(), b"\0"].concat();
    let section = |name, r#type: object::elf::SectionType, content, link, entry_bytes| Section {
        name,
        r#type: r#type.0,
        content,
        link,
        entry_bytes,
    };
    assemble(&[
        section(1, SHT_PROGBITS, content.to_owned(), 0, 0),
        section(0, SHT_DYNSYM, symbols, 3, 24),
        section(0, SHT_STRTAB, symbol_names, 0, 0),
        section(0, SHT_STRTAB, names, 0, 0),
    ])
}

fn assemble(sections: &[Section]) -> Vec<u8> {
    let mut bytes = vec![0; HEADER_BYTES + SEGMENT_BYTES];
    // The first entry of the table is empty.
    let mut table = vec![0; SECTION_BYTES.into()];
    for section in sections {
        let offset = bytes.len() as u64;
        let size = section.content.len() as u64;
        table.extend(section.name.to_le_bytes());
        table.extend(section.r#type.to_le_bytes());
        // Flags, address.
        table.extend([0; 16]);
        table.extend(offset.to_le_bytes());
        table.extend(size.to_le_bytes());
        table.extend(section.link.to_le_bytes());
        // Every symbol from the second on is global.
        table.extend(1_u32.to_le_bytes());
        table.extend(8_u64.to_le_bytes());
        table.extend(section.entry_bytes.to_le_bytes());
        bytes.extend(&section.content);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
    }
    let table_offset = bytes.len() as u64;
    bytes.extend(table);
    let size = bytes.len() as u64;
    let count = u16::try_from(sections.len()).unwrap() + 1;
    let header = header(table_offset, count);
    bytes[..HEADER_BYTES].copy_from_slice(&header);
    bytes[HEADER_BYTES..HEADER_BYTES + SEGMENT_BYTES].copy_from_slice(&segment(size));
    bytes
}

fn header(table_offset: u64, sections: u16) -> Vec<u8> {
    let machine = if cfg!(target_arch = "x86_64") {
        EM_X86_64
    } else {
        EM_AARCH64
    };
    let mut header = b"\x7fELF".to_vec();
    header.extend([ELFCLASS64.0, ELFDATA2LSB.0, EV_CURRENT.0]);
    header.resize(16, 0);
    header.extend(ET_DYN.0.to_le_bytes());
    header.extend(machine.0.to_le_bytes());
    header.extend(1_u32.to_le_bytes());
    // Entry point.
    header.extend(0_u64.to_le_bytes());
    header.extend((HEADER_BYTES as u64).to_le_bytes());
    header.extend(table_offset.to_le_bytes());
    // Flags.
    header.extend(0_u32.to_le_bytes());
    for half in [64, 56, 1, SECTION_BYTES, sections, sections - 1] {
        header.extend(half.to_le_bytes());
    }
    header
}

/// The whole file, readable.
fn segment(size: u64) -> Vec<u8> {
    let mut segment = PT_LOAD.0.to_le_bytes().to_vec();
    segment.extend(4_u32.to_le_bytes());
    for word in [0, 0, 0, size, size, 4096] {
        segment.extend(word.to_le_bytes());
    }
    segment
}

fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap()
}
