//! The numbers that cross the boundary mean the same in every version: the layout only has their size. Those of
//! `Verdict` are tested where they are declared.

use plugin_api::{EndpointType, ErrorCode, LogLevel, Method, MetricKind, TokenType};

#[test]
fn each_named_value_keeps_its_number() {
    for (number, value) in [
        (1, TokenType::TOKEN),
        (2, TokenType::MANAGEMENT),
        (3, TokenType::INFERENCE),
    ] {
        assert_eq!(TokenType::from_number(number), value);
    }
    for (number, value) in [
        (0, EndpointType::NONE),
        (1, EndpointType::INFERENCE),
        (2, EndpointType::MANAGEMENT),
        (3, EndpointType::METRIC),
    ] {
        assert_eq!(EndpointType::from_number(number), value);
    }
    for (number, value) in [
        (1, Method::GET),
        (2, Method::POST),
        (3, Method::PUT),
        (4, Method::DELETE),
    ] {
        assert_eq!(Method::from_number(number), value);
    }
    for (number, value) in [(1, MetricKind::COUNTER), (2, MetricKind::GAUGE)] {
        assert_eq!(MetricKind::from_number(number), value);
    }
    for (number, value) in [
        (1, ErrorCode::FAILED),
        (2, ErrorCode::PANICKED),
        (3, ErrorCode::INVALID_SETTING),
        (4, ErrorCode::NOT_IMPLEMENTED),
    ] {
        assert_eq!(format!("{value:?}"), format!("ErrorCode({number})"));
    }
    for (number, value) in [
        (1, LogLevel::Error),
        (2, LogLevel::Warn),
        (3, LogLevel::Info),
        (4, LogLevel::Debug),
    ] {
        assert_eq!(value as u8, number);
    }
}
