use super::assert_table;

#[test]
fn llamacpp() {
    assert_table("llamacpp", TABLE);
}

const TABLE: &str = "
[inference]
GET /models
GET /v1/models
POST /completion
POST /completions
POST /v1/completions
POST /chat/completions
POST /v1/chat/completions
POST /v1/responses
POST /responses
POST /v1/messages
POST /v1/messages/count_tokens
POST /infill
POST /embedding
POST /embeddings
POST /v1/embeddings
POST /rerank
POST /reranking
POST /v1/rerank
POST /v1/reranking
POST /v1/systemone
POST /v1/audio/transcriptions
POST /audio/transcriptions
POST /tokenize
POST /detokenize
POST /apply-template
POST /chat/completions/input_tokens
POST /v1/chat/completions/input_tokens
POST /responses/input_tokens
POST /v1/responses/input_tokens
GET /lora-adapters

[management]
POST /lora-adapters
POST /v1/chat/completions/control
GET /v1/stream
DELETE /v1/stream
POST /v1/stream
POST /v1/streams/lookup
GET /props
POST /props
GET /slots
POST /models/load
POST /models/unload
GET /models/sse

[health]
GET /health
GET /v1/health

[metrics]
GET /metrics

[blocked]
POST /models
DELETE /models
POST /slots/0
GET /cors-proxy
POST /cors-proxy
GET /tools
POST /tools

[other method]
POST /slots
GET /slots/0
PUT /props
OPTIONS /v1/chat/completions
PUT /models

[no rule]
GET /
GET /index.html
POST /predict
GET /Slots
GET /slots/
POST /slots/0/
POST /slots/%30
POST /slots/0%2Fx
POST /tools/
POST /%74ools
POST /v1/chat/completions;x
";
