use super::assert_table;

#[test]
fn ollama() {
    assert_table("ollama", TABLE);
}

const TABLE: &str = "
[inference]
POST /api/generate
POST /api/chat
POST /api/embed
POST /api/embeddings
GET /api/tags
HEAD /api/tags
POST /api/show
GET /api/version
GET /api/experimental/model-recommendations
POST /v1/chat/completions
POST /v1/completions
POST /v1/embeddings
POST /v1/responses
POST /v1/messages
POST /v1/audio/transcriptions
GET /v1/models
GET /v1/models/llama3
GET /v1/models/llama3:8b

[management]
GET /api/status
GET /api/ps
POST /api/copy
DELETE /api/delete

[health]
GET /
HEAD /

[blocked]
POST /api/pull
POST /api/push
POST /api/create
POST /api/blobs/sha256:00
HEAD /api/blobs/sha256:00
POST /api/blobs/sha256-00
POST /api/me
POST /api/signout
DELETE /api/user/keys/k
POST /api/experimental/web_search
POST /api/experimental/web_fetch

[other method]
POST /
GET /api/pull
POST /api/delete
OPTIONS /api/chat

[no rule]
POST /api/chat/
POST /api/Chat
POST /api/%63hat
POST /api/pull/
POST /API/pull
POST /api;x/pull
GET /v1/models/a%3Ab
GET /v1/models/a/b
GET /metrics
";
