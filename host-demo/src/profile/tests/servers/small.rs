//! Servers with few calls.

use super::assert_table;

#[test]
fn tei() {
    assert_table("tei", TEI);
}

#[test]
fn tgi() {
    assert_table("tgi", TGI);
}

#[test]
fn litserve() {
    assert_table("litserve", LITSERVE);
}

const TEI: &str = "
[inference]
GRPC grpc.health.v1.Health/Watch
POST /
POST /embed
POST /embed_all
POST /embed_sparse
POST /predict
POST /rerank
POST /similarity
POST /tokenize
POST /decode
POST /embeddings
POST /v1/embeddings
POST /vertex
POST /invocations
GET /info
GRPC tei.v1.Info/Info
GRPC tei.v1.Embed/Embed
GRPC tei.v1.Embed/EmbedStream
GRPC tei.v1.Embed/EmbedSparse
GRPC tei.v1.Embed/EmbedSparseStream
GRPC tei.v1.Embed/EmbedAll
GRPC tei.v1.Embed/EmbedAllStream
GRPC tei.v1.Predict/Predict
GRPC tei.v1.Predict/PredictPair
GRPC tei.v1.Predict/PredictStream
GRPC tei.v1.Predict/PredictPairStream
GRPC tei.v1.Rerank/Rerank
GRPC tei.v1.Rerank/RerankStream
GRPC tei.v1.Tokenize/Tokenize
GRPC tei.v1.Tokenize/TokenizeStream
GRPC tei.v1.Tokenize/Decode
GRPC tei.v1.Tokenize/DecodeStream

[health]
GET /
GET /health
GET /ping
GRPC grpc.health.v1.Health/Check

[metrics]
GET /metrics

[docs]
GET /docs
GET /docs/index.css
GET /api-doc/openapi.json

[other method]
PUT /
GET /embed
OPTIONS /embed

[no rule]
POST //
POST /embed/
POST /Embed
POST /%65mbed
GET /docs/
GET /docs/..
GRPC tei.v1.Embed/embed
GRPC tei.v1.Embed
";

const TGI: &str = "
[inference]
POST /
POST /generate
POST /generate_stream
POST /v1/chat/completions
POST /v1/completions
POST /vertex
POST /invocations
POST /tokenize
POST /chat_tokenize
GET /info
GET /v1/models
POST /v2/models/m/versions/1/infer
GET /v2/models/m/versions/1

[health]
GET /
HEAD /
GET /health
GET /ping
GET /v2
GET /v2/health/live
GET /v2/health/ready
GET /v2/models/m/versions/1/ready

[metrics]
GET /metrics

[docs]
GET /docs
GET /docs/index.css
GET /api-doc/openapi.json

[other method]
DELETE /
GET /generate
OPTIONS /generate

[no rule]
POST /generate/
POST /Generate
POST /generate;x
POST /v2/models/m/infer
";

const LITSERVE: &str = "
[inference]
POST /v1/chat/completions
POST /v1/embeddings
POST /predict
GET /info

[health]
GET /
GET /health

[docs]
GET /docs
GET /openapi.json

[blocked]
POST /shutdown

[other method]
OPTIONS /v1/chat/completions
GET /shutdown
POST /

[no rule]
GET /v1/models
GET /metrics
POST /shutdown/
POST /Shutdown
POST /%73hutdown
POST /predict/
";
