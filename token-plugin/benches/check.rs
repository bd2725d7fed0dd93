//! What one token check costs, through the built library as a host loads it: `cargo bench -p
//! token-plugin`.

#![expect(clippy::print_stdout, reason = "a benchmark prints its measurements")]

use std::{
    error::Error,
    fs,
    hint::black_box,
    path::{Path, PathBuf},
    thread,
    time::Instant,
};

use abi_stable::{
    library::lib_header_from_path,
    sabi_trait::TD_Opaque,
    sabi_types::RRef,
    std_types::{ROption, RSlice, RStr},
};
use http::{HeaderMap, HeaderName, HeaderValue};
use plugin_api::{
    TokenType, Verdict,
    abi::{
        PluginModuleRef, RawHeader, RawHeaderLookup, RawHost, RawHost_TO, RawPeerAddress,
        RawPlugin, RawRequest, RawRequest_TO, RawRequestRef, RawSetting, RawState,
        RawTokenAuthorizerBox,
    },
};

const CALLS: u32 = 20_000;
const ROUNDS: usize = 1_000;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let key_file = folder.path().join("key_file.json");
    let plugin = open(&key_file)?;
    let authorizer = plugin
        .token_authorizer
        .as_ref()
        .into_option()
        .ok_or("no token authorizer")?;
    authorizer.set_time(60.0).into_result().map_err(text)?;
    authorizer
        .generate_key_file(TokenType::TOKEN)
        .into_result()
        .map_err(text)?;
    let keys: serde_json::Value = serde_json::from_slice(&fs::read(&key_file)?)?;
    let bearer = |name: &str| format!("Bearer {}", keys[name]["key"].as_str().unwrap_or_default());

    let right = Headers::new(Some(&bearer("inference")))?;
    let look_up = || right.header(RStr::from_str("authorization")).count;
    println!(
        "host's header look-up alone      {:6.1} ns",
        measure(look_up)
    );
    let cases = [
        ("right key", Some(bearer("inference")), Verdict::ALLOW),
        ("no header", None, Verdict::DENY_MISSING),
        (
            "unknown key",
            Some(format!("Bearer {:A<43}", "")),
            Verdict::DENY_INVALID,
        ),
        (
            "key of another kind",
            Some(bearer("API")),
            Verdict::DENY_SCOPE,
        ),
    ];
    for (name, authorization, expected) in cases {
        let headers = Headers::new(authorization.as_deref())?;
        let ask = || check(authorizer, &headers);
        assert_eq!(ask(), expected);
        println!("check, {name:25} {:6.1} ns", measure(ask));
    }
    measure_threads(authorizer, &right);

    // 0.9 seconds of life: no lease is granted, every check reads the exact clocks.
    authorizer
        .set_time(0.9 / 60.0)
        .into_result()
        .map_err(text)?;
    let exact = measure_exact(authorizer, &key_file)?;
    println!("check, close to the end          {exact:6.1} ns");
    plugin.lifecycle.shutdown();
    Ok(())
}

fn check(authorizer: &RawTokenAuthorizerBox, headers: &Headers) -> Verdict {
    let request: RawRequestRef<'_> = RawRequest_TO::from_ptr(RRef::new(headers), TD_Opaque);
    authorizer.check_token_authorization(&request, TokenType::INFERENCE)
}

/// Nanoseconds a call, of the best round.
fn measure<T>(mut work: impl FnMut() -> T) -> f64 {
    let round = |_| {
        let start = Instant::now();
        for _ in 0..CALLS {
            black_box(work());
        }
        start.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS)
    };
    (0..ROUNDS).map(round).fold(f64::INFINITY, f64::min)
}

fn measure_threads(authorizer: &RawTokenAuthorizerBox, headers: &Headers) {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| measure(|| check(authorizer, headers))))
            .collect();
        for worker in workers {
            let nanoseconds = worker.join().unwrap_or(f64::NAN);
            println!("check, on {threads} threads at once      {nanoseconds:6.1} ns");
        }
    });
}

fn measure_exact(
    authorizer: &RawTokenAuthorizerBox,
    key_file: &Path,
) -> Result<f64, Box<dyn Error>> {
    authorizer
        .generate_key_file(TokenType::INFERENCE)
        .into_result()
        .map_err(text)?;
    let keys: serde_json::Value = serde_json::from_slice(&fs::read(key_file)?)?;
    let key = keys["inference"]["key"].as_str().unwrap_or_default();
    let headers = Headers::new(Some(&format!("Bearer {key}")))?;
    let mut best = f64::INFINITY;
    while check(authorizer, &headers) == Verdict::ALLOW {
        let start = Instant::now();
        for _ in 0..1_000 {
            let _ = black_box(check(authorizer, &headers));
        }
        best = best.min(start.elapsed().as_secs_f64() * 1e9 / 1e3);
    }
    Ok(best)
}

fn open(key_file: &Path) -> Result<RawPlugin, Box<dyn Error>> {
    let module = lib_header_from_path(&library()?)?.init_root_module::<PluginModuleRef>()?;
    let host = Settings(key_file.to_owned());
    let plugin = module.open()(RawHost_TO::from_value(host, TD_Opaque));
    Ok(plugin.into_result().map_err(text)?)
}

/// The library that Cargo built beside this benchmark.
fn library() -> Result<PathBuf, Box<dyn Error>> {
    let here = std::env::current_exe()?;
    let folder = here.parent().ok_or("no folder")?;
    let (prefix, suffix) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    Ok(folder.join(format!("{prefix}token_plugin{suffix}")))
}

fn text(error: plugin_api::abi::RawError) -> String {
    error.message.into_string()
}

struct Settings(PathBuf);

impl RawHost for Settings {
    fn setting(&self, key: RStr<'_>) -> ROption<RawSetting> {
        (key == "token_key_file")
            .then(|| RawSetting {
                value: self.0.to_string_lossy().into_owned().into(),
                origin: "benchmark".into(),
            })
            .into()
    }

    fn take_state(&self) -> ROption<RawState> {
        ROption::RNone
    }

    fn log(&self, _level: u8, _message: RStr<'_>) {}
}

/// A request with the headers of curl and two more, as hyper holds them.
struct Headers(HeaderMap);

impl Headers {
    fn new(authorization: Option<&str>) -> Result<Self, Box<dyn Error>> {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("host", "127.0.0.1:8080"),
            ("user-agent", "curl/8.14.1"),
            ("accept", "*/*"),
            ("content-type", "image/png"),
            ("content-length", "317"),
        ] {
            let _ = headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        if let Some(value) = authorization {
            let _ = headers.insert(http::header::AUTHORIZATION, value.parse()?);
        }
        Ok(Self(headers))
    }
}

impl RawRequest for Headers {
    fn method(&self) -> RStr<'_> {
        RStr::from_str("PUT")
    }

    fn path(&self) -> RStr<'_> {
        RStr::from_str("/predictions/digits")
    }

    fn query(&self) -> RStr<'_> {
        RStr::from_str("")
    }

    fn header(&self, name: RStr<'_>) -> RawHeaderLookup<'_> {
        // As in a host: known names need not be compared letter by letter.
        let mut values = if name == "authorization" {
            self.0.get_all(http::header::AUTHORIZATION).iter()
        } else {
            self.0.get_all(name.as_str()).iter()
        };
        match values.next() {
            Some(first) => RawHeaderLookup {
                count: values.count() + 1,
                first: RSlice::from_slice(first.as_bytes()),
            },
            None => RawHeaderLookup {
                count: 0,
                first: RSlice::EMPTY,
            },
        }
    }

    fn header_value(&self, _name: RStr<'_>, _index: usize) -> ROption<RSlice<'_, u8>> {
        ROption::RNone
    }

    fn header_at(&self, _index: usize) -> ROption<RawHeader<'_>> {
        ROption::RNone
    }

    fn peer_address(&self) -> RawPeerAddress {
        RawPeerAddress {
            octets: [0; 16],
            port: 0,
            ip_version: 4,
        }
    }

    fn body(&self) -> RSlice<'_, u8> {
        RSlice::EMPTY
    }
}
