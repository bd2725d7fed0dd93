use http::HeaderName;

use super::assert_table;
use crate::profile::Profile;

#[test]
fn triton() {
    assert_table("triton", TABLE);
}

#[test]
fn headers_that_redirect_a_call_to_another_are_stripped() {
    let profile = Profile::named("triton").unwrap();
    for (header, is_stripped) in [
        ("x-vertex-ai-triton-redirect", true),
        ("triton-grpc-protocol-model-repository", true),
        ("inference-header-content-length", false),
        ("triton-request-id", false),
    ] {
        let name = HeaderName::from_static(header);
        assert_eq!(profile.strips(&name), is_stripped, "{header}");
    }
}

const TABLE: &str = "
[inference]
GET /v2
GET /v2/models/m
GET /v2/models/m/versions/1
POST /v2/models/m/infer
POST /v2/models/m/versions/1/infer
POST /v2/models/m/generate
POST /v2/models/m/versions/1/generate
POST /v2/models/m/generate_stream
POST /v2/models/m/versions/1/generate_stream
GET /v2/models/m/config
GET /v2/models/m/versions/1/config
POST /invocations
POST /models/m/invoke
POST /v1/chat/completions
POST /v1/completions
POST /v1/embeddings
GET /v1/models
GET /v1/models/m
GRPC inference.GRPCInferenceService/ServerMetadata
GRPC inference.GRPCInferenceService/ModelMetadata
GRPC inference.GRPCInferenceService/ModelConfig
GRPC inference.GRPCInferenceService/ModelInfer
GRPC inference.GRPCInferenceService/ModelStreamInfer

[management]
GET /v2/models/stats
GET /v2/models/m/stats
GET /v2/models/m/versions/1/stats
POST /v2/repository/index
POST /v2/repository/r/index
POST /v2/repository/models/m/unload
POST /v2/repository/r/models/m/unload
GET /v2/trace/setting
GET /v2/models/m/trace/setting
GET /v2/logging
GET /models
GET /models/m
DELETE /models/m
POST /v1/models/m/unload
GRPC inference.GRPCInferenceService/ModelStatistics
GRPC inference.GRPCInferenceService/RepositoryIndex
GRPC inference.GRPCInferenceService/RepositoryModelUnload

[health]
GET /v2/health/live
GET /v2/health/ready
GET /v2/models/m/ready
GET /v2/models/m/versions/1/ready
GET /ping
GET /health/ready
GRPC inference.GRPCInferenceService/ServerLive
GRPC inference.GRPCInferenceService/ServerReady
GRPC inference.GRPCInferenceService/ModelReady
GRPC grpc.health.v1.Health/Check

[metrics]
GET /metrics

[docs]
GET /docs
GET /redoc
GET /openapi.json

[blocked]
POST /v2/repository/models/m/load
POST /v2/repository/r/models/m/load
POST /v1/models/m/load
POST /models
GET /v2/systemsharedmemory/status
GET /v2/systemsharedmemory/region/r/status
POST /v2/systemsharedmemory/region/r/register
POST /v2/systemsharedmemory/unregister
POST /v2/systemsharedmemory/region/r/unregister
GET /v2/cudasharedmemory/status
GET /v2/cudasharedmemory/region/r/status
POST /v2/cudasharedmemory/region/r/register
POST /v2/cudasharedmemory/unregister
POST /v2/cudasharedmemory/region/r/unregister
POST /v2/trace/setting
POST /v2/models/m/trace/setting
POST /v2/logging
GRPC inference.GRPCInferenceService/RepositoryModelLoad
GRPC inference.GRPCInferenceService/SystemSharedMemoryStatus
GRPC inference.GRPCInferenceService/SystemSharedMemoryRegister
GRPC inference.GRPCInferenceService/SystemSharedMemoryUnregister
GRPC inference.GRPCInferenceService/CudaSharedMemoryStatus
GRPC inference.GRPCInferenceService/CudaSharedMemoryRegister
GRPC inference.GRPCInferenceService/CudaSharedMemoryUnregister
GRPC inference.GRPCInferenceService/TraceSetting
GRPC inference.GRPCInferenceService/LogSettings

[other method]
GET /v2/models/m/infer
POST /v2/models/stats
GET /v2/repository/models/m/load
PUT /v2/logging
OPTIONS /v2/models/m/infer

[no rule]
GET /metrics/
GET /v2/models/Stats
POST /v2/models/stats/infer
GET /v2/models/m/versions
POST /v2/repository/MODELS/m/load
POST /v2/repository/models/a%2Fb/load
POST /v2/systemsharedmemory/region/r%2Fx/register
POST /v2/models/m/infer/
POST /v2/models/m/%69nfer
POST /v2/models/m;x/infer
POST /V2/models/m/infer
GRPC inference.GRPCInferenceService/modelInfer
GRPC inference.Other/ModelInfer
POST /inference.GRPCInferenceService/ModelInfer
";
