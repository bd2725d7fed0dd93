//! The documents: what they name exists, and what they show is executed elsewhere.

use std::fs;

use integration_tests::repository;

mod links;
mod markdown;
mod metrics;
mod shown;

fn read(document: &str) -> String {
    fs::read_to_string(repository().join(document)).expect("the document")
}
