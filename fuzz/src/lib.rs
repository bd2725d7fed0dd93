//! What several fuzz targets share.

pub mod frames;
pub mod gateway;
pub mod input;
