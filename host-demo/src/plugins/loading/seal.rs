//! The seal of a plugin's file: a digest of all that is loaded of it, as a member of its manifest.
//!
//! It is written after linking (`host-demo plugin seal`), into the NUL bytes behind the manifest. The digest is
//! of the segments to load, in their order, each with its place in the file, and with zeros for the digits of the
//! digest itself. A seal finds damage; whoever can change the file can also seal it again.

use std::ops::Range;

use object::{BinaryFormat, Object, ObjectSection, ObjectSegment};
use plugin_api::manifest;

use crate::plugins::digest::Sha256;

#[cfg(test)]
mod tests;

/// The member of the manifest, up to its digits.
const MEMBER: &str = ",\"segments_sha256\":\"";
const DIGITS: usize = 64;
const ZEROS: [u8; DIGITS] = [b'0'; DIGITS];

/// Why a file cannot be sealed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SealError {
    /// It is no ELF file.
    #[error("expected an ELF file: other formats cannot be sealed")]
    Format,
    /// There is no manifest where one is expected.
    #[error("its manifest cannot be found")]
    NoManifest,
    /// The manifest is too long.
    #[error("its manifest has no room for a seal: expected {0} bytes behind it")]
    NoRoom(usize),
}

/// Adds a seal to the bytes of a complete plugin that has none, and returns the digest.
///
/// # Errors
/// It cannot be sealed; the bytes are unchanged.
pub(crate) fn seal(bytes: &mut [u8]) -> Result<Sha256, SealError> {
    let section = elf(bytes).and_then(|file| section(&file).ok_or(SealError::NoManifest))?;
    let text = bytes.get(section.clone()).unwrap_or_default();
    let end = text.iter().position(|byte| *byte == 0);
    let end = end.unwrap_or(text.len());
    // The last character is the brace that closes the object.
    let begin = section.start + end.checked_sub(1).ok_or(SealError::NoManifest)?;
    let member = format!("{MEMBER}{}\"}}", "0".repeat(DIGITS));
    let room = bytes.get_mut(begin..section.end).unwrap_or_default();
    match room.split_at_mut_checked(member.len()) {
        Some((place, rest)) if place.iter().skip(1).chain(&*rest).all(|byte| *byte == 0) => {
            place.copy_from_slice(member.as_bytes());
        }
        _ => return Err(SealError::NoRoom(member.len())),
    }
    let digits = begin + MEMBER.len()..begin + MEMBER.len() + DIGITS;
    let digest = digest(&elf(bytes)?, bytes, &digits);
    if let Some(place) = bytes.get_mut(digits) {
        place.copy_from_slice(digest.to_string().as_bytes());
    }
    Ok(digest)
}

/// Whether what is loaded of a file is what was sealed.
pub(crate) fn is_intact(file: &object::File<'_>, bytes: &[u8], sealed: Sha256) -> bool {
    let Some(section) = section(file) else {
        return false;
    };
    let text = bytes.get(section.clone()).unwrap_or_default();
    let mut places = text.windows(MEMBER.len());
    let Some(place) = places.position(|window| window == MEMBER.as_bytes()) else {
        return false;
    };
    let begin = section.start + place + MEMBER.len();
    digest(file, bytes, &(begin..begin + DIGITS)) == sealed
}

fn elf(bytes: &[u8]) -> Result<object::File<'_>, SealError> {
    let file = object::File::parse(bytes).map_err(|_| SealError::Format)?;
    if file.format() == BinaryFormat::Elf {
        Ok(file)
    } else {
        Err(SealError::Format)
    }
}

/// Where the manifest is in the file.
fn section(file: &object::File<'_>) -> Option<Range<usize>> {
    let (offset, length) = file.section_by_name(manifest::SECTION)?.file_range()?;
    range(offset, length)
}

fn range(offset: u64, length: u64) -> Option<Range<usize>> {
    let begin = usize::try_from(offset).ok()?;
    Some(begin..begin.checked_add(usize::try_from(length).ok()?)?)
}

fn digest(file: &object::File<'_>, bytes: &[u8], digits: &Range<usize>) -> Sha256 {
    let mut parts = Vec::new();
    for segment in file.segments() {
        let (offset, length) = segment.file_range();
        parts.push((
            offset.to_le_bytes(),
            length.to_le_bytes(),
            range(offset, length),
        ));
    }
    Sha256::of_parts(parts.iter().flat_map(|(offset, length, range)| {
        let range = range.clone().unwrap_or_default();
        let begin = digits.start.clamp(range.start, range.end);
        let end = digits.end.clamp(range.start, range.end);
        [
            &offset[..],
            &length[..],
            bytes.get(range.start..begin).unwrap_or_default(),
            ZEROS.get(..end - begin).unwrap_or_default(),
            bytes.get(end..range.end).unwrap_or_default(),
        ]
    }))
}
