//! Certificate, key and authorities of the listeners: refused, or used.
#![no_main]

use std::{cell::RefCell, fs::File, io::Write as _, path::PathBuf, time::Duration};

use fuzz::input::Input;
use host_demo::fuzzing::tls::expiration;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

const FILES: [&str; 3] = ["certificate.pem", "key.pem", "authorities.pem"];

thread_local! {
    static FOLDER: RefCell<TempDir> = RefCell::new(TempDir::new().expect("a folder"));
}

// The three files, separated by NUL.
fuzz_target!(|bytes: &[u8]| {
    FOLDER.with_borrow(|folder| {
        let mut input = Input::new(bytes);
        let path = |name: &str| -> PathBuf { folder.path().join(name) };
        for name in FILES {
            let written =
                File::create(path(name)).and_then(|mut file| file.write_all(input.until(0)));
            written.expect("a file");
        }
        let [certificate, key, authorities] = FILES.map(path);
        let outcome = expiration(certificate, key, Some(authorities), Duration::from_secs(1));
        if let Err(error) = outcome {
            assert!(!error.is_empty());
        }
    });
});
