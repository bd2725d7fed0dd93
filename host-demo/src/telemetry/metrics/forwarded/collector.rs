//! Renders what forwarded requests add up to.

use std::{fmt, sync::Arc};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeCounterValue, EncodeMetric},
    metrics::{MetricType, counter::ConstCounter},
};

use super::{ForwardedSeries, ForwardedSums, ForwardedTotals};

type All = Vec<(ForwardedSeries, ForwardedSums)>;

#[derive(Debug)]
pub(in crate::telemetry::metrics) struct ForwardedCollector(
    pub(in crate::telemetry::metrics) Arc<ForwardedTotals>,
);

impl Collector for ForwardedCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let all = self.0.sums();
        let encoder = &mut encoder;
        encode(
            encoder,
            "forwarded_requests",
            "Forwarded requests that have ended, by key and model.",
            &all,
            |sums| sums.requests,
        )?;
        encode(
            encoder,
            "forwarded_seconds",
            "Time of forwarded requests from admission to the end of the response.",
            &all,
            |sums| sums.duration.as_secs_f64(),
        )?;
        encode(
            encoder,
            "forwarded_request_bytes",
            "Bytes of the bodies of forwarded requests.",
            &all,
            |sums| sums.request_bytes,
        )?;
        encode(
            encoder,
            "forwarded_response_bytes",
            "Bytes of the bodies of their responses.",
            &all,
            |sums| sums.response_bytes,
        )?;
        encode_tokens(encoder, &all)
    }
}

fn encode<N: EncodeCounterValue>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    all: &All,
    value: impl Fn(&ForwardedSums) -> N,
) -> fmt::Result {
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (series, sums) in all {
        let labels = [
            ("principal", series.principal.as_str()),
            ("model", series.model.as_str()),
        ];
        ConstCounter::new(value(sums)).encode(family.encode_family(&labels)?)?;
    }
    Ok(())
}

fn encode_tokens(encoder: &mut DescriptorEncoder<'_>, all: &All) -> fmt::Result {
    let mut family = encoder.encode_descriptor(
        "forwarded_tokens",
        "Tokens that upstreams say they counted, by direction.",
        None,
        MetricType::Counter,
    )?;
    for (series, sums) in all {
        let directions = [("input", sums.input_tokens), ("output", sums.output_tokens)];
        // Most calls of most servers have none.
        for (direction, tokens) in directions.into_iter().filter(|(_, tokens)| *tokens > 0) {
            let labels = [
                ("direction", direction),
                ("principal", series.principal.as_str()),
                ("model", series.model.as_str()),
            ];
            ConstCounter::new(tokens).encode(family.encode_family(&labels)?)?;
        }
    }
    Ok(())
}
