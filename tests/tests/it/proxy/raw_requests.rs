//! The table of raw requests in `docs/proxy.md`: what the host answers to each, and the bytes that the upstream gets.

use std::{env, fmt::Write as _, fs, io};

use integration_tests::{
    Host, Listener, get,
    http2::raw::{self, Answer},
    repository,
    upstream::{RawConnection, RawUpstream},
    write_file,
};

use self::{cases::Case, shown::Shown};
use super::in_front_of;

mod cases;
mod shown;

/// Writes the table into the document instead of comparing it.
const WRITE_KEY: &str = "HOST_DEMO_WRITE_PROXY_TABLE";
const DOCUMENT: &str = "docs/proxy.md";
const BEGIN: &str = "<!-- raw requests: made by tests/tests/it/proxy/raw_requests.rs -->\n\n";
const END: &str = "\n<!-- raw requests: end -->\n";
/// Follows each request on its connection, if that is still open.
const PROBE: &str = "/after";
/// What stands for the inference key.
const KEY: &str = "KEY";

#[test]
fn the_document_shows_what_happens() {
    let path = repository().join(DOCUMENT);
    let document = fs::read_to_string(&path).expect("the document");
    let (before, rest) = document.split_once(BEGIN).expect("the table's beginning");
    let (shown, after) = rest.split_once(END).expect("the table's end");
    let table = table();
    if env::var_os(WRITE_KEY).is_some() {
        let document = [before, BEGIN, &table, END, after].concat();
        write_file(&path, document.as_bytes());
        return;
    }
    for (shown, made) in shown.lines().zip(table.lines()) {
        assert_eq!(shown, made, "{DOCUMENT} differs; {}", how_to_write());
    }
    assert!(
        shown == table,
        "{DOCUMENT} is shorter or longer; {}",
        how_to_write()
    );
}

/// RFC 9112 section 2.2 lets a recipient take LF alone as the end of a line. A server that takes CR LF alone
/// would read other requests.
#[test]
fn no_line_that_ends_in_lf_alone_reaches_the_upstream() {
    let upstream = RawUpstream::start(answer_all);
    let host = in_front_of(&upstream.url())
        .argument("--worker-threads=1")
        .start();
    let begin = "POST /a HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer KEY\r\n";
    for (rest, answers) in [
        ("Content-Length: 0\nx-a: b\n\n", "200"),
        ("x-a: b\nContent-Length: 5\r\n\r\nhello", "200"),
        // The second request has no key.
        (
            "Content-Length: 0\r\nx-a: b\n\nGET /hidden HTTP/1.1\r\nHost: gateway\r\n\r\n",
            "200, 400",
        ),
    ] {
        let (answered, text) = run_http1(&host, &upstream, &format!("{begin}{rest}"));

        assert_eq!(answered, answers, "{rest:?}");
        assert!(text.starts_with("POST /a HTTP/1.1\r\n"), "{text:?}");
        assert!(!text.replace("\r\n", "").contains('\n'), "{text:?}");
        assert!(!text.contains("hidden"), "{text:?}");
    }
}

fn how_to_write() -> String {
    format!(
        "write it again: {WRITE_KEY}=1 cargo test -p integration-tests --test it -- \
         the_document_shows_what_happens"
    )
}

fn table() -> String {
    let upstream = RawUpstream::start(answer_all);
    let host = in_front_of(&upstream.url())
        .argument("--worker-threads=1")
        .start();
    let mut table = String::new();
    let (over_http1, over_http2) = (cases::http1(), cases::http2());
    let baseline = run_http1(&host, &upstream, &over_http1[0].request);
    let shown = Shown::new(&baseline.1);
    let _ = writeln!(table, "```text\n{}```\n", shown.baseline());
    let _ = writeln!(table, "### HTTP/1.1\n");
    write_rows(&mut table, &shown, &over_http1, |request| {
        run_http1(&host, &upstream, request)
    });
    let _ = writeln!(table, "\n### HTTP/2\n");
    write_rows(&mut table, &shown, &over_http2, |request| {
        run_http2(&host, &upstream, request)
    });
    table
}

fn write_rows(
    table: &mut String,
    shown: &Shown,
    cases: &[Case],
    run: impl Fn(&str) -> (String, String),
) {
    let _ = writeln!(table, "| case | request | answer | the upstream gets |");
    let _ = writeln!(table, "| --- | --- | --- | --- |");
    for case in cases {
        let (answer, received) = run(&case.request);
        let request = shown::request(&case.request);
        let received = shown.received(&received);
        let _ = writeln!(
            table,
            "| {} | {request} | {answer} | {received} |",
            case.name
        );
    }
}

/// Sends the bytes, and then a request whose answer shows where the answers to the first bytes end.
fn run_http1(host: &Host, upstream: &RawUpstream, request: &str) -> (String, String) {
    let before = upstream.received();
    let mut connection = host.connect(Listener::Inference);
    let key = host.keys().inference.key;
    connection.send(request.replace(KEY, &key).as_bytes());
    let mut answers = Vec::new();
    let mut is_probed = false;
    loop {
        let is_head = request.starts_with("HEAD") && !is_probed;
        let Ok(answer) = connection.try_receive(is_head) else {
            answers.push("closed".to_owned());
            break;
        };
        if answer.text() == PROBE {
            break;
        }
        if answer.status >= 200 && !is_probed {
            // The host may have closed the connection.
            let _ = connection.try_send(&get(PROBE).key(&key).to_bytes());
            is_probed = true;
        }
        answers.push(answer.status.to_string());
    }
    (answers.join(", "), new_text(&before, upstream, &key))
}

fn run_http2(host: &Host, upstream: &RawUpstream, request: &str) -> (String, String) {
    let before = upstream.received();
    let key = host.keys().inference.key;
    let request = request.replace(KEY, &key);
    let (head, body) = request.split_once("\n\n").unwrap_or((&request, ""));
    let fields: Vec<_> = head
        .lines()
        .filter_map(|line| line.split_once("= "))
        .collect();
    let body = [body.as_bytes()];
    let body = if body[0].is_empty() {
        &[][..]
    } else {
        &body[..]
    };
    let answer = match raw::request(host.address(Listener::Inference), &fields, body) {
        Answer::Status(status) => status.to_string(),
        Answer::Reset(code) => format!("RST_STREAM {code}"),
        Answer::GoAway(code) => format!("GOAWAY {code}"),
        Answer::Closed => "closed".to_owned(),
    };
    (answer, new_text(&before, upstream, &key))
}

/// What has reached the upstream meanwhile, without the last request.
fn new_text(before: &[Vec<u8>], upstream: &RawUpstream, key: &str) -> String {
    let mut text = String::new();
    for (index, bytes) in upstream.received().iter().enumerate() {
        let known = before.get(index).map_or(0, Vec::len);
        text.push_str(&String::from_utf8_lossy(&bytes[known..]));
    }
    let probe = format!("GET {PROBE} ");
    let text = text.split(&probe).next().unwrap_or_default();
    assert!(!text.contains(key), "{text}");
    text.replace(&upstream.authority(), "UPSTREAM")
}

/// Reads each request to its end, and answers with its target.
fn answer_all(connection: &mut RawConnection) -> io::Result<()> {
    loop {
        let head = connection.read_head()?;
        let head = String::from_utf8_lossy(&head).into_owned();
        let length = value(&head, "content-length").and_then(|length| length.parse().ok());
        if value(&head, "transfer-encoding").is_some() {
            read_chunks(connection)?;
        } else {
            connection.read_exact(length.unwrap_or(0))?;
        }
        let target = head.split(' ').nth(1).unwrap_or_default();
        let body = if head.starts_with("HEAD ") {
            ""
        } else {
            target
        };
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
            target.len()
        );
        connection.send(answer.as_bytes())?;
    }
}

fn value<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let mut fields = head.lines().filter_map(|line| line.split_once(": "));
    let (_, value) = fields.find(|(given, _)| given.eq_ignore_ascii_case(name))?;
    Some(value)
}

fn read_chunks(connection: &mut RawConnection) -> io::Result<()> {
    loop {
        let mut size = Vec::new();
        while !size.ends_with(b"\r\n") {
            size.extend(connection.read_exact(1)?);
        }
        let size = String::from_utf8_lossy(&size);
        let size = usize::from_str_radix(size.trim(), 16).map_err(io::Error::other)?;
        if size == 0 {
            // Trailers, and an empty line.
            let mut end = Vec::new();
            while end != b"\r\n" && !end.ends_with(b"\r\n\r\n") {
                end.extend(connection.read_exact(1)?);
            }
            return Ok(());
        }
        connection.read_exact(size + 2)?;
    }
}
