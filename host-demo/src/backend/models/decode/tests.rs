use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageFormat, Luma, RgbaImage};
use proptest::prelude::*;

use super::{Channels, ImageError, planes};

fn grey_pixels(bytes: &[u8], width: u32, height: u32) -> Result<Vec<f32>, ImageError> {
    planes(bytes, Channels::Grey, width, height)
}

fn encode(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A PNG of 16-bit RGBA whose header announces any size, with almost no pixels.
fn promising_png(width: u32, height: u32) -> Vec<u8> {
    let mut header = Vec::new();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([16, 6, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in [(b"IHDR", &header[..]), (b"IDAT", &[0x78, 0x9c, 0x03, 0x00])] {
        png.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        png.extend(kind);
        png.extend(data);
        png.extend(crc32(&[&kind[..], data].concat()).to_be_bytes());
    }
    png
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    })
}

#[test]
fn an_enlarged_image_is_restored_exactly() {
    let large = GrayImage::from_fn(64, 64, |x, y| {
        Luma([u8::try_from(x / 8 * 8 + y / 8).unwrap()])
    });
    let pixels = grey_pixels(&encode(&large.into(), ImageFormat::Png), 8, 8).unwrap();
    let expected: Vec<_> = (0..64u8)
        .map(|i| f32::from(i % 8 * 8 + i / 8) / 255.0)
        .collect();
    assert_eq!(pixels, expected);
}

#[test]
fn an_image_of_any_other_shape_is_scaled() {
    for (width, height) in [
        (1, 1),
        (3, 5),
        (8, 8),
        (9, 7),
        (100, 1),
        (1, 100),
        (640, 480),
    ] {
        let image = GrayImage::from_pixel(width, height, Luma([255]));
        let pixels = grey_pixels(&encode(&image.into(), ImageFormat::Png), 8, 8).unwrap();
        assert_eq!(pixels, [1.0; 64], "{width} x {height}");
    }
}

#[test]
fn colours_and_jpeg_are_read_as_grey() {
    let rgba = RgbaImage::from_pixel(16, 16, image::Rgba([255, 255, 255, 255]));
    let rgba = DynamicImage::from(rgba);
    let jpeg = encode(&rgba.to_rgb8().into(), ImageFormat::Jpeg);
    for bytes in [encode(&rgba, ImageFormat::Png), jpeg] {
        assert_eq!(grey_pixels(&bytes, 2, 2).unwrap(), [1.0; 4]);
    }
}

#[test]
fn other_data_than_png_or_jpeg_is_named() {
    for (bytes, found) in [
        (&b"GIF89a\x01\x00\x01\x00"[..], "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"BM\x00\x00\x00\x00", "image/bmp"),
        (b"{\"instances\": [1]}", "text"),
        (b"\x00\xff\x00\xff", "unknown data"),
    ] {
        let error = grey_pixels(bytes, 8, 8).unwrap_err().to_string();
        assert!(
            error.contains(found) && error.contains("PNG or JPEG"),
            "{error}"
        );
    }
    assert!(matches!(grey_pixels(b"", 8, 8), Err(ImageError::Empty)));
}

#[test]
fn a_header_that_announces_too_much_is_refused_before_anything_is_decoded() {
    for (width, height) in [(4097, 1), (1, 4097), (100_000, 100_000), (4096, 4096)] {
        let error = grey_pixels(&promising_png(width, height), 8, 8).unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, ImageError::TooLarge { .. }), "{text}");
        assert!(text.contains(&format!("{width} x {height}")), "{text}");
    }
}

#[test]
fn a_damaged_image_is_an_error_that_names_the_format() {
    let png = encode(&GrayImage::new(64, 64).into(), ImageFormat::Png);
    let jpeg = encode(&GrayImage::new(64, 64).into(), ImageFormat::Jpeg);
    for (bytes, name) in [
        (&png[..40], "PNG"),
        (&jpeg[..40], "JPEG"),
        (&promising_png(2, 2), "PNG"),
    ] {
        let error = grey_pixels(bytes, 8, 8).unwrap_err();
        assert!(matches!(error, ImageError::Broken { .. }), "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
}

proptest! {
    #[test]
    fn damaged_images_never_panic(
        format in prop_oneof![Just(ImageFormat::Png), Just(ImageFormat::Jpeg)],
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        kept in any::<prop::sample::Index>(),
    ) {
        let image = GrayImage::from_fn(24, 24, |x, y| Luma([u8::try_from(x * y % 256).unwrap()]));
        let mut bytes = encode(&image.into(), format);
        for (at, value) in damage {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate(kept.index(bytes.len()) + 1);
        if let Ok(pixels) = grey_pixels(&bytes, 8, 8) {
            prop_assert_eq!(pixels.len(), 64);
            prop_assert!(pixels.iter().all(|value| (0.0..=1.0).contains(value)));
        }
    }
}
