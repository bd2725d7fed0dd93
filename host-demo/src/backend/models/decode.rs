//! Decodes PNG and JPEG to the pixels that a model takes, within limits.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits, imageops};
use thiserror::Error;

/// What a model sees of each pixel.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Channels {
    Grey,
    /// Red, green and blue, in this order.
    Rgb,
}

impl Channels {
    pub(super) const fn count(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Rgb => 3,
        }
    }
}

/// Decodes an image, scales it to `width` by `height` by averaging (or interpolation, when it is
/// smaller), and returns its channels one after the other, each row by row, 0 (dark) to 1 (bright).
///
/// Averaging whole areas is how the digits data set itself was made, and it restores an enlarged
/// image exactly.
pub(super) fn planes(
    bytes: &[u8],
    channels: Channels,
    width: u32,
    height: u32,
) -> Result<Vec<f32>, ImageError> {
    let image = decode(bytes)?;
    let pixels = match channels {
        Channels::Grey => imageops::thumbnail(&image.into_luma8(), width, height).into_raw(),
        Channels::Rgb => imageops::thumbnail(&image.into_rgb8(), width, height).into_raw(),
    };
    let count = channels.count();
    Ok((0..count)
        .flat_map(|channel| pixels.iter().skip(channel).step_by(count))
        .map(|&value| f32::from(value) / f32::from(u8::MAX))
        .collect())
}

/// The image of a request cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImageError {
    /// The model takes tensors alone.
    #[error("the model does not take images")]
    NoClassifier,
    /// The request had no body.
    #[error("the request has no image; {ACCEPTED}")]
    Empty,
    /// Something other than PNG or JPEG.
    #[error("the request has {found}, not an image that can be read here; {ACCEPTED}")]
    Format {
        /// The detected type.
        found: &'static str,
    },
    /// More pixels than are decoded, or more memory than is spent on it.
    #[error(
        "the image has {width} x {height} pixels; at most {SIDE_PIXELS_MAX} x {SIDE_PIXELS_MAX} \
         pixels and {DECODED_BYTES_MAX} bytes decoded are accepted"
    )]
    TooLarge {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// Damaged, truncated, or made to be costly.
    #[error("the {format} image cannot be read: {source}")]
    Broken {
        /// Its format.
        format: &'static str,
        /// The error of the decoder.
        source: image::ImageError,
    },
}

fn decode(bytes: &[u8]) -> Result<DynamicImage, ImageError> {
    let (format, format_name) = recognise(bytes)?;
    let broken = |source| ImageError::Broken {
        format: format_name,
        source,
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    // The sides are checked below, where the error can contain them.
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(DECODED_BYTES_MAX);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    if width.max(height) > SIDE_PIXELS_MAX || decoder.total_bytes() > DECODED_BYTES_MAX {
        return Err(ImageError::TooLarge { width, height });
    }
    DynamicImage::from_decoder(decoder).map_err(broken)
}

fn recognise(bytes: &[u8]) -> Result<(ImageFormat, &'static str), ImageError> {
    let found = match image::guess_format(bytes) {
        Ok(ImageFormat::Png) => return Ok((ImageFormat::Png, "PNG")),
        Ok(ImageFormat::Jpeg) => return Ok((ImageFormat::Jpeg, "JPEG")),
        Ok(other) => other.to_mime_type(),
        Err(_) if bytes.is_empty() => return Err(ImageError::Empty),
        Err(_) if std::str::from_utf8(bytes).is_ok() => "text",
        Err(_) => "unknown data",
    };
    Err(ImageError::Format { found })
}

const ACCEPTED: &str = "send a PNG or JPEG as the body or as the multipart field \"data\"";
const SIDE_PIXELS_MAX: u32 = 4096;
/// One RGB image of the largest sides.
const DECODED_BYTES_MAX: u64 = 4096 * 4096 * 3;

#[cfg(test)]
mod tests;
