//! The tokens that a model server says it counted, from the end of its response.
//!
//! Only the last bytes of a body are looked at, once it has ended; nothing of them is kept.

use http::{
    HeaderMap,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
};
use serde::Deserialize;

/// How much of the end of a body is looked at. The usage stands there: in the last members of a
/// JSON object, and in the last events of a stream.
const TAIL_BYTES: usize = 16 * 1024;
/// Objects named `usage` that are read: the last one, in most cases. Anthropic's streams have the
/// input in the first and the output in the last.
const OBJECTS_MAX: usize = 32;
/// A larger number is no number of tokens.
const TOKENS_MAX: u64 = u32::MAX as u64;

const USAGE: &[u8] = b"\"usage\"";
const OLLAMA_INPUT: &[u8] = b"\"prompt_eval_count\"";
const OLLAMA_OUTPUT: &[u8] = b"\"eval_count\"";

/// The tokens of one request; none where the response does not say.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct TokenUsage {
    pub(super) input: Option<u64>,
    pub(super) output: Option<u64>,
}

/// The end of a body that may tell tokens.
#[derive(Default)]
pub(super) struct UsageTail {
    /// At most twice [`TAIL_BYTES`]; the last of them count.
    bytes: Vec<u8>,
    /// Whether there was more before.
    is_cut: bool,
}

/// An object named `usage`: OpenAI's names and Anthropic's.
#[derive(Deserialize)]
struct UsageObject {
    #[serde(alias = "input_tokens")]
    prompt_tokens: Option<u64>,
    #[serde(alias = "output_tokens")]
    completion_tokens: Option<u64>,
}

impl UsageTail {
    /// One for the body of a response with these headers; none if the body is not text that may
    /// tell tokens.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        let is_plain =
            text(CONTENT_ENCODING).is_none_or(|one| one.eq_ignore_ascii_case("identity"));
        let media_type = text(CONTENT_TYPE)?.split(';').next()?.trim();
        let types = [
            "application/json",
            "text/event-stream",
            "application/x-ndjson",
        ];
        let is_known = types.iter().any(|one| media_type.eq_ignore_ascii_case(one));
        (is_plain && is_known).then(Self::default)
    }

    /// Adds what the client gets next.
    pub(super) fn add(&mut self, data: &[u8]) {
        if data.len() >= TAIL_BYTES {
            self.is_cut |= !self.bytes.is_empty() || data.len() > TAIL_BYTES;
            self.bytes.clear();
        } else if self.bytes.len() + data.len() > 2 * TAIL_BYTES {
            let surplus = self.bytes.len().saturating_sub(TAIL_BYTES);
            self.bytes.drain(..surplus);
            self.is_cut = true;
        }
        self.bytes.extend_from_slice(last(data));
    }

    /// What it tells.
    pub(super) fn usage(&self) -> TokenUsage {
        let tail = last(&self.bytes);
        let is_cut = self.is_cut || tail.len() < self.bytes.len();
        let usage = openai_usage(tail, is_cut);
        if usage != TokenUsage::default() {
            return usage;
        }
        let number = |name| members(tail, name, is_cut).find_map(number);
        TokenUsage {
            input: number(OLLAMA_INPUT),
            output: number(OLLAMA_OUTPUT),
        }
    }
}

/// What the last object that says so tells of input and of output.
fn openai_usage(tail: &[u8], is_cut: bool) -> TokenUsage {
    let mut usage = TokenUsage::default();
    let values = members(tail, USAGE, is_cut).filter(|value| value.first() == Some(&b'{'));
    for value in values.take(OBJECTS_MAX) {
        let mut objects = serde_json::Deserializer::from_slice(value).into_iter::<UsageObject>();
        let Some(Ok(object)) = objects.next() else {
            continue;
        };
        let tokens = |number: Option<u64>| number.filter(|&number| number <= TOKENS_MAX);
        usage.input = usage.input.or_else(|| tokens(object.prompt_tokens));
        usage.output = usage.output.or_else(|| tokens(object.completion_tokens));
        if usage.input.is_some() && usage.output.is_some() {
            break;
        }
    }
    usage
}

/// What follows each member of this name, the last one first.
///
/// `name` is in quotation marks. Within a text they would have a backslash before them, so that no
/// text which a model writes is taken for a member.
fn members<'t>(
    tail: &'t [u8],
    name: &'static [u8],
    is_cut: bool,
) -> impl Iterator<Item = &'t [u8]> {
    let starts = (0..tail.len()).rev();
    starts.filter_map(move |start| {
        let rest = tail.get(start..)?.strip_prefix(name)?;
        let is_escaped = match start.checked_sub(1) {
            Some(before) => tail.get(before) == Some(&b'\\'),
            None => is_cut,
        };
        let value = rest
            .trim_ascii_start()
            .strip_prefix(b":")?
            .trim_ascii_start();
        (!is_escaped).then_some(value)
    })
}

/// The number that a text begins with.
fn number(text: &[u8]) -> Option<u64> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit());
    // At the end of what was received, digits may be missing.
    let digits = str::from_utf8(text.get(..end?)?).ok()?;
    digits.parse().ok().filter(|&number| number <= TOKENS_MAX)
}

fn last(bytes: &[u8]) -> &[u8] {
    let start = bytes.len().saturating_sub(TAIL_BYTES);
    bytes.get(start..).unwrap_or_default()
}

/// Shows nothing of the body.
impl std::fmt::Debug for UsageTail {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("UsageTail").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
