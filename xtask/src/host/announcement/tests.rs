use std::path::Path;

use super::Announcement;

const TEXT: &str = "\
2026-11-23T10:09:14,120 [INFO ] main host_demo::plugins - token-plugin: keys written to key_file.json
2026-11-23T10:09:14,121 [INFO ] main host_demo::server - Inference API listens on http://127.0.0.1:40001
2026-11-23T10:09:14,121 [INFO ] main host_demo::server - Management API listens on http://[::1]:40002
2026-11-23T10:09:14,121 [INFO ] main host_demo::server - Metrics API listens on https://127.0.0.1:40003
2026-11-23T10:09:14,121 [INFO ] main host_demo::server - Management API (gRPC) listens on http://127.0.0.1:40004
2026-11-23T10:09:14,122 [INFO ] main host_demo::server - Ready
";

const JSON: &str = r#"{"level":"INFO","message":"token-plugin: keys written to key_file.json","fields":{}}
{"level":"INFO","message":"Inference API listens on http://127.0.0.1:40001","fields":{}}
{"level":"INFO","message":"Management API listens on http://[::1]:40002","fields":{}}
{"level":"INFO","message":"Metrics API listens on https://127.0.0.1:40003","fields":{}}
{"level":"INFO","message":"Management API (gRPC) listens on http://127.0.0.1:40004","fields":{}}
{"level":"INFO","message":"Ready","fields":{}}
"#;

#[test]
fn a_host_that_is_ready_has_logged_its_addresses_and_the_key_file() {
    for log in [TEXT, JSON] {
        let mut announcement = Announcement::default();
        let mut ready = Vec::new();
        for line in log.split_inclusive('\n') {
            announcement.read(line);
            ready.push(announcement.take_ready());
        }
        assert_eq!(ready, [false, false, false, false, false, true]);
        assert_eq!(
            announcement.inference,
            Some("127.0.0.1:40001".parse().unwrap())
        );
        assert_eq!(
            announcement.management,
            Some("[::1]:40002".parse().unwrap())
        );
        assert_eq!(
            announcement.metrics,
            Some("127.0.0.1:40003".parse().unwrap())
        );
        assert_eq!(announcement.grpc_inference, None);
        assert_eq!(
            announcement.grpc_management,
            Some("127.0.0.1:40004".parse().unwrap())
        );
        assert_eq!(
            announcement.key_file.as_deref(),
            Some(Path::new("key_file.json"))
        );
    }
}
