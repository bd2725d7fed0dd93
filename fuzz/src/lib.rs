//! What several fuzz targets share.

pub mod event_loop;
pub mod frames;
pub mod gateway;
pub mod input;
