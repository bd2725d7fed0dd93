use super::assert_table;

#[test]
fn vllm() {
    assert_table("vllm", TABLE);
}

const TABLE: &str = "
[inference]
GRPC grpc.health.v1.Health/Watch
GET /version
GET /v1/models
POST /v1/chat/completions
POST /v1/chat/completions/batch
POST /v1/completions
POST /v1/responses
POST /v1/messages
POST /v1/messages/count_tokens
POST /cohere/v2/chat
POST /v1/systemone
POST /v1/decisions
POST /generative_scoring
POST /v1/embeddings
POST /v2/embed
POST /pooling
POST /classify
POST /score
POST /rerank
POST /v1/score
POST /v1/rerank
POST /v2/rerank
POST /v1/audio/transcriptions
POST /v1/audio/translations
WEBSOCKET /v1/realtime
POST /invocations
POST /tokenize
POST /detokenize

[management]
GET /kv_event_sources
GET /tokenizer_info
POST /v1/chat/completions/render
POST /v1/completions/render
POST /v1/responses/render
POST /v1/messages/render
POST /cohere/v2/chat/render
POST /v1/chat/completions/derender
POST /v1/completions/derender
POST /inference/v1/generate
POST /inference/v1/abort_requests
POST /abort_requests
POST /v1/unload_lora_adapter
POST /start_profile
POST /stop_profile
POST /scale_elastic_ep
POST /is_scaling_elastic_ep
POST /fault_tolerance/apply
GET /fault_tolerance/status
POST /reset_prefix_cache
POST /reset_mm_cache
POST /reset_encoder_cache
POST /sleep
POST /wake_up
POST /release_kv_cache_memory
GET /is_sleeping
POST /pause
POST /resume
GET /is_paused
GET /weight_info
GET /get_world_size

[health]
GET /health
GET /ping
POST /ping
GET /ready
GET /readyz
GRPC grpc.health.v1.Health/Check

[metrics]
GET /metrics
GET /load

[docs]
GET /docs
GET /docs/oauth2-redirect
GET /redoc
GET /openapi.json
GET /static/swagger-ui.css

[blocked]
GET /v1/responses/resp_1
POST /v1/responses/resp_1/cancel
POST /v1/load_lora_adapter
GET /server_info
POST /collective_rpc
POST /init_weight_transfer_engine
POST /shutdown_weight_transfer_engine
POST /start_weight_update
POST /start_draft_weight_update
POST /update_weights
POST /finish_weight_update
POST /update_weight_version
POST /weight_checker

[other method]
OPTIONS /v1/chat/completions
GET /v1/chat/completions
GET /v1/realtime
WEBSOCKET /v1/models
GET /v1/load_lora_adapter
GET /v1/responses/render
POST /health

[no rule]
GET /v1/models/m
GET /metrics/
GET /metricsfoo
GET /docs/x
POST /v1/chat/completions/
POST /v1//chat/completions
POST /v1/Chat/completions
POST /v1/chat%2Fcompletions
POST /v1/c%68at/completions
POST /v1/chat/completions;x
POST /v1/load_lora_adapter/
POST /v1/%6coad_lora_adapter
GET /v1/responses/a%2Fb
WEBSOCKET /v1/realtime/
GET /static/../server_info
GRPC v1/models
GRPC grpc.reflection.v1.ServerReflection/ServerReflectionInfo
";
