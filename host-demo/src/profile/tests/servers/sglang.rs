use super::assert_table;

#[test]
fn sglang() {
    assert_table("sglang", TABLE);
}

const TABLE: &str = "
[inference]
GET /get_model_info
GET /model_info
GET /health_generate
POST /generate
PUT /generate
POST /encode
PUT /encode
POST /classify
PUT /classify
POST /v1/completions
POST /v1/chat/completions
POST /v1/embeddings
POST /v1/classify
POST /v1/tokenize
POST /tokenize
POST /v1/detokenize
POST /detokenize
POST /v1/score
POST /v1/decisions
POST /v1/responses
POST /v1/messages
POST /v1/messages/count_tokens
POST /v1/systemone
POST /v1/audio/transcriptions
POST /v1/rerank
PUT /v1/rerank
GET /v1/models
GET /v1/models/m
GET /v1/models/org/name
WEBSOCKET /v1/realtime
POST /invocations
POST /vertex_generate
POST /api/chat
POST /api/generate
GET /api/tags
POST /api/show
POST /parse_function_call
POST /separate_reasoning

[management]
GET /get_server_info
GET /server_info
GET /open_session
POST /open_session
POST /close_session
GET /flush_cache
POST /flush_cache
POST /start_profile
POST /stop_profile
POST /set_trace_level
POST /freeze_gc
POST /start_expert_distribution_record
POST /stop_expert_distribution_record
POST /dump_expert_distribution_record
POST /slow_down
POST /release_memory_occupation
POST /resume_memory_occupation
POST /weights_checker
POST /abort_request
POST /pause_generation
POST /continue_generation
POST /pd_role_switch
POST /set_internal_state
PUT /set_internal_state
POST /remove_external_corpus
GET /list_external_corpora
GET /hicache/storage-backend
POST /hicache/storage-backend/clear
DELETE /hicache/storage-backend/clear
GET /get_hicache_l3_cache_layout
GET /get_remote_instance_transfer_engine_info
GET /remote_instance_transfer_engine_info
POST /unload_lora_adapter
POST /scale_elastic_ep
GET /is_scaling_elastic_ep

[health]
GET /health
GET /ready
GET /ping
GET /
HEAD /

[metrics]
GET /metrics
GET /v1/loads

[docs]
GET /docs
GET /redoc
GET /openapi.json

[blocked]
GET /v1/responses/resp_1
POST /v1/responses/resp_1/cancel
GET /configure_logging
POST /configure_logging
POST /add_external_corpus
PUT /hicache/storage-backend
POST /hicache/storage-backend
DELETE /hicache/storage-backend
POST /update_weights_from_disk
POST /update_weights_from_tensor
POST /update_weights_from_distributed
POST /update_weights_from_ipc
POST /begin_weight_update
POST /end_weight_update
POST /init_weights_update_group
POST /destroy_weights_update_group
POST /init_weights_send_group_for_remote_instance
POST /send_weights_to_remote_instance
POST /update_weight_version
GET /get_weights_by_name
POST /get_weights_by_name
POST /load_lora_adapter
POST /load_lora_adapter_from_tensors
POST /dumper/start

[other method]
GET /generate
GET /v1/realtime
POST /
OPTIONS /v1/chat/completions
WEBSOCKET /v1/models
GET /update_weights_from_disk

[no rule]
GET /healthz
GET /health/
GET /metrics/x
GET /v1/models/
GET /v1/models/org//name
GET /v1/models/org/../name
GET /v1/models/org%2Fname
GET /v1/models/..%2F..%2Fget_weights_by_name
POST /Update_weights_from_disk
POST /update%5Fweights_from_disk
POST /dumper/a/b
";
