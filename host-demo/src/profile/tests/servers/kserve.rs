use super::assert_table;

#[test]
fn mlserver() {
    assert_table("mlserver", MLSERVER);
}

#[test]
fn kserve_v2() {
    assert_table("kserve-v2", KSERVE);
}

const MLSERVER: &str = "
[inference]
GET /v2
GET /v2/models/m
GET /v2/models/m/versions/1
POST /v2/models/m/infer
POST /v2/models/m/versions/1/infer
POST /v2/models/m/generate
POST /v2/models/m/versions/1/generate
POST /v2/models/m/infer_stream
POST /v2/models/m/versions/1/infer_stream
POST /v2/models/m/generate_stream
POST /v2/models/m/versions/1/generate_stream
GRPC inference.GRPCInferenceService/ServerMetadata
GRPC inference.GRPCInferenceService/ModelMetadata
GRPC inference.GRPCInferenceService/ModelInfer
GRPC inference.GRPCInferenceService/ModelStreamInfer

[management]
POST /v2/repository/index
POST /v2/repository/models/m/unload
GRPC inference.GRPCInferenceService/RepositoryIndex
GRPC inference.GRPCInferenceService/RepositoryModelUnload
GRPC inference.model_repository.ModelRepositoryService/RepositoryIndex
GRPC inference.model_repository.ModelRepositoryService/RepositoryModelUnload

[health]
GET /v2/health/live
GET /v2/health/ready
GET /v2/models/m/ready
GET /v2/models/m/versions/1/ready
GRPC inference.GRPCInferenceService/ServerLive
GRPC inference.GRPCInferenceService/ServerReady
GRPC inference.GRPCInferenceService/ModelReady

[metrics]
GET /metrics

[docs]
GET /v2/docs
GET /v2/docs/dataplane.json
GET /v2/models/m/docs
GET /v2/models/m/versions/1/docs
GET /v2/models/m/docs/dataplane.json
GET /v2/models/m/versions/1/docs/dataplane.json

[blocked]
POST /v2/repository/models/m/load
GRPC inference.GRPCInferenceService/RepositoryModelLoad
GRPC inference.model_repository.ModelRepositoryService/RepositoryModelLoad

[other method]
GET /v2/models/m/infer
GET /v2/repository/index
OPTIONS /v2/models/m/infer

[no rule]
POST /v2/models/m/infer/
POST /v2/models/m%2Fx/infer
POST /v2/models/m;x/infer
POST /v2/models/%6d/infer
POST /v2/repository/models/m/Load
GET /v2/health/live/
POST /custom
GRPC inference.GRPCInferenceService/SystemSharedMemoryStatus
";

const KSERVE: &str = "
[inference]
GET /v1/models
POST /v1/models/m:predict
POST /v1/models/m:explain
GET /v2
GET /v2/models
GET /v2/models/m
GET /v2/models/m/versions/1
POST /v2/models/m/infer
POST /v2/models/m/versions/1/infer
POST /openai/v1/completions
POST /openai/v1/chat/completions
POST /openai/v1/embeddings
POST /openai/v1/rerank
GET /openai/v1/models
GET /openai/v1/models/m
POST /v1/timeseries/forecast
GET /v1/timeseries/models
GRPC inference.GRPCInferenceService/ServerMetadata
GRPC inference.GRPCInferenceService/ModelMetadata
GRPC inference.GRPCInferenceService/ModelInfer

[management]
POST /v2/repository/models/m/unload
GRPC inference.GRPCInferenceService/RepositoryModelUnload

[health]
GET /
GET /v2/health/live
GET /v2/health/ready
GET /v2/models/m/ready
GET /v2/models/m/versions/1/ready
GET /v1/models/m
GRPC inference.GRPCInferenceService/ServerLive
GRPC inference.GRPCInferenceService/ServerReady
GRPC inference.GRPCInferenceService/ModelReady

[metrics]
GET /metrics

[docs]
GET /docs
GET /openapi.json

[blocked]
POST /v2/repository/models/m/load
GRPC inference.GRPCInferenceService/RepositoryModelLoad

[other method]
GET /v1/models/m:predict
POST /v1/models/m
OPTIONS /v1/models/m:predict

[no rule]
POST /v1/models/m:PREDICT
POST /v1/models/m%3Apredict
POST /v1/models/m:predict/
GET /v1/models/m:other
POST /v1/chat/completions
GRPC inference.GRPCInferenceService/ModelStreamInfer
";
