use std::panic::panic_any;

use super::*;
use crate::ErrorCode;

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

#[test]
fn a_value_passes_through() {
    assert_eq!(catch(|| Ok(7)), Ok(7));
}

#[test]
fn an_error_passes_through() {
    assert_eq!(
        catch(|| Err::<(), _>(PluginError::new("no"))),
        Err(PluginError::new("no"))
    );
}

#[test]
fn a_panic_becomes_an_error_with_its_text() {
    let error = catch_panic(|| panic!("on {}", "fire")).unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (ErrorCode::PANICKED, "the plugin panicked: on fire")
    );
}

#[test]
fn a_payload_whose_destructor_panics_is_contained() {
    let error = catch_panic(|| panic_any(PanicsWhenDropped)).unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (ErrorCode::PANICKED, "the plugin panicked")
    );
}

#[test]
fn a_destructor_that_panics_is_contained() {
    drop(Guarded::new(PanicsWhenDropped));
}
