use super::assert_table;

#[test]
fn torchserve() {
    assert_table("torchserve", TABLE);
}

const TABLE: &str = "
[inference]
POST /predictions/m
PUT /predictions/m
GET /predictions/m/1.0
POST /explanations/m
POST /explanations/m/1.0
POST /invocations
POST /models/m/invoke
POST /v1/models/m:predict
POST /v1/models/m:explain
POST /v2/models/m/infer
POST /v2/models/m/explain
POST /wfpredict/w
GRPC org.pytorch.serve.grpc.inference.InferenceAPIsService/Predictions
GRPC org.pytorch.serve.grpc.inference.InferenceAPIsService/StreamPredictions
GRPC org.pytorch.serve.grpc.inference.InferenceAPIsService/StreamPredictions2
GRPC org.pytorch.serve.grpc.openinference.GRPCInferenceService/ServerMetadata
GRPC org.pytorch.serve.grpc.openinference.GRPCInferenceService/ModelMetadata
GRPC org.pytorch.serve.grpc.openinference.GRPCInferenceService/ModelInfer

[management]
GET /models
GET /models/m
GET /models/m/1.0
GET /models/m/all
PUT /models/m
PUT /models/m/1.0
PUT /models/m/1.0/set-default
DELETE /models/m
DELETE /models/m/1.0
GET /workflows
GET /workflows/w
DELETE /workflows/w
GRPC org.pytorch.serve.grpc.management.ManagementAPIsService/DescribeModel
GRPC org.pytorch.serve.grpc.management.ManagementAPIsService/ListModels
GRPC org.pytorch.serve.grpc.management.ManagementAPIsService/ScaleWorker
GRPC org.pytorch.serve.grpc.management.ManagementAPIsService/SetDefault
GRPC org.pytorch.serve.grpc.management.ManagementAPIsService/UnregisterModel

[health]
GET /ping
HEAD /ping
GET /v1/models/m
GET /v2
GET /v2/health/live
GET /v2/health/ready
GRPC org.pytorch.serve.grpc.inference.InferenceAPIsService/Ping
GRPC org.pytorch.serve.grpc.openinference.GRPCInferenceService/ServerLive
GRPC org.pytorch.serve.grpc.openinference.GRPCInferenceService/ServerReady
GRPC org.pytorch.serve.grpc.openinference.GRPCInferenceService/ModelReady

[metrics]
GET /metrics

[blocked]
POST /models
POST /workflows
GRPC org.pytorch.serve.grpc.management.ManagementAPIsService/RegisterModel

[other method]
OPTIONS /predictions/m
OPTIONS /models/m
POST /models/m
GET /models/m/invoke
POST /models/m/all
DELETE /workflows
GET /invocations

[no rule]
POST /m/predict
POST /m/1.0/predict
POST /v2/models/m/versions/1/infer
POST /v1/models/m:predict/x
POST /v1/models/m:predictions
POST /v1/models/m:x:predict
POST /WFPREDICT/w
POST /models/m/Invoke
POST /models/x%2Fy/invoke
POST /models/m%2Finvoke
GET /models/
GET /models/m/ALL
GET /metrics/x
GET /v2/health/live%20
POST /token?type=inference
GET /token
GET /api-description
OPTIONS /
GRPC inference.GRPCInferenceService/ModelInfer
GRPC org.pytorch.serve.grpc.management.ManagementAPIsService/registerModel
POST /org.pytorch.serve.grpc.management.ManagementAPIsService/RegisterModel
";
