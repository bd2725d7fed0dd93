use std::path::Path;

use super::configuration;

#[test]
fn the_answer_is_quoted_as_nginx_reads_it() {
    let address = "127.0.0.1:9".parse().unwrap();
    let text = configuration(Path::new("/f"), address, "k", "{\"a\": 'it\\'}");
    assert!(text.contains(r#"return 200 '{"a": \'it\\\'}';"#), "{text}");
}
