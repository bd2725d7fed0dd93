//! The message and the fields of one event.

use std::fmt;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};

/// The message and the fields of an event, in their order.
#[derive(Debug, Default)]
pub(super) struct EventRecord {
    pub(super) message: String,
    pub(super) fields: Map<String, Value>,
}

impl EventRecord {
    fn insert(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::String(message)) => self.message = message,
            ("message", other) => self.message = other.to_string(),
            (name, value) => {
                self.fields.insert(name.to_owned(), value);
            }
        }
    }
}

impl Visit for EventRecord {
    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON cannot express infinite numbers; text can.
        let number = serde_json::Number::from_f64(value);
        self.insert(
            field,
            number.map_or_else(|| value.to_string().into(), Value::Number),
        );
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert(field, value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.insert(field, format!("{value:?}").into());
    }
}
