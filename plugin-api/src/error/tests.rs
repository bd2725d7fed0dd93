use std::io;

use super::*;

#[derive(Debug)]
struct Outer(io::Error);

impl fmt::Display for Outer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the store of keys cannot be read")
    }
}

impl std::error::Error for Outer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[test]
fn an_error_includes_the_messages_of_its_sources() {
    let error = PluginError::from_error(&Outer(io::Error::other("no route")));
    assert_eq!(error.code(), ErrorCode::FAILED);
    assert_eq!(
        error.message(),
        "the store of keys cannot be read: no route"
    );
}

#[test]
fn an_io_error_is_a_plugin_error_for_the_question_mark() {
    fn read() -> Result<Vec<u8>, PluginError> {
        Ok(std::fs::read("no/such/file")?)
    }
    let message = read().unwrap_err().message().to_owned();
    assert!(message.contains("(os error 2)"), "{message}");
}
