"""Triton's clients: tritonclient over HTTP and over gRPC."""

import queue
import time
import urllib.request

import numpy
import rig
import tritonclient.grpc as triton_grpc
import tritonclient.http as triton_http
from rig import check, gateway_check, equal
from tritonclient.utils import InferenceServerException

MEGABYTE = 1024 * 1024

http = triton_http.InferenceServerClient(
    rig.address("http"),
    connection_timeout=30,
    network_timeout=60,
    ssl=bool(rig.certificate()),
    ssl_context_factory=rig.trust if rig.certificate() else None,
)
grpc = triton_grpc.InferenceServerClient(
    rig.address("grpc"), ssl=bool(rig.certificate()), root_certificates=rig.certificate()
)


def headers(kind="inference"):
    # tritonclient's gRPC metadata must be in lower case; HTTP's is compared so anyway.
    return {name.lower(): value for name, value in rig.bearer(kind).items()}


def tensor(module, values, datatype="FP32"):
    given = module.InferInput("INPUT", list(values.shape), datatype)
    given.set_data_from_numpy(values)
    return [given]


def infer(client, module, values, **options):
    options.setdefault("headers", headers())
    answer = client.infer("identity", tensor(module, values), **options)
    return answer.as_numpy("OUTPUT")


def status_of(call):
    try:
        call()
    except InferenceServerException as error:
        return error.status(), error.message()
    return None, ""


VALUES = numpy.array([1.5, -2.0, 3.25], dtype=numpy.float32)


@check
def http_inference_with_binary_tensors():
    assert numpy.array_equal(infer(http, triton_http, VALUES), VALUES)


@check
def http_inference_with_compression():
    options = {"request_compression_algorithm": "gzip", "response_compression_algorithm": "gzip"}
    assert numpy.array_equal(infer(http, triton_http, VALUES, **options), VALUES)


@check
def http_tensor_of_32_megabytes():
    values = numpy.arange(32 * MEGABYTE // 4, dtype=numpy.float32)
    assert numpy.array_equal(infer(http, triton_http, values), values)


@check
def http_metadata_and_readiness():
    equal(http.get_server_metadata(headers=headers())["version"], "2.51.0")
    equal(http.get_model_metadata("identity", headers=headers())["name"], "identity")
    equal(http.is_server_ready(), True)
    equal(http.is_model_ready("identity"), True)


@check
def http_load_infer_unload():
    # The model is in the repository, and loaded by nobody yet.
    http.load_model("spare", headers=headers("management"))
    try:
        answer = http.infer("spare", tensor(triton_http, VALUES), headers=headers())
        assert numpy.array_equal(answer.as_numpy("OUTPUT"), VALUES)
    finally:
        http.unload_model("spare", headers=headers("management"))
    index = http.get_model_repository_index(headers=headers("management"))
    ready = {model["name"] for model in index if model.get("state") == "READY"}
    assert {"identity", "repeat"} <= ready, ready


@check
def http_statistics():
    found = http.get_inference_statistics("identity", headers=headers("management"))
    equal(found["model_stats"][0]["name"], "identity")


@check
def grpc_inference():
    assert numpy.array_equal(infer(grpc, triton_grpc, VALUES), VALUES)


@check
def grpc_tensor_of_32_megabytes():
    values = numpy.arange(32 * MEGABYTE // 4, dtype=numpy.float32)
    assert numpy.array_equal(infer(grpc, triton_grpc, values), values)


@check
def grpc_bidirectional_stream():
    answers = queue.Queue()
    grpc.start_stream(lambda result, error: answers.put((result, error)), headers=headers())
    try:
        for first in (10, 20):
            values = numpy.arange(first, first + 3, dtype=numpy.int32)
            grpc.async_stream_infer("repeat", tensor(triton_grpc, values, "INT32"))
        found, seconds = [], []
        for _ in range(6):
            result, error = answers.get(timeout=20)
            assert error is None, error
            found.append(int(result.as_numpy("OUTPUT")[0]))
            seconds.append(time.monotonic())
    finally:
        grpc.stop_stream()
    equal(found, [10, 11, 12, 20, 21, 22])
    assert seconds[-1] - seconds[0] > 0.6, f"all arrived within {seconds[-1] - seconds[0]} s"


@check
def grpc_load_infer_unload():
    grpc.load_model("spare", headers=headers("management"))
    try:
        answer = grpc.infer("spare", tensor(triton_grpc, VALUES), headers=headers())
        assert numpy.array_equal(answer.as_numpy("OUTPUT"), VALUES)
    finally:
        grpc.unload_model("spare", headers=headers("management"))


@check
def grpc_metadata_and_readiness():
    equal(grpc.get_server_metadata(headers=headers()).version, "2.51.0")
    equal(grpc.is_server_live(), True)
    equal(grpc.is_model_ready("identity"), True)


@check
def grpc_unknown_model_is_tritons_error():
    call = lambda: grpc.infer("nobody", tensor(triton_grpc, VALUES), headers=headers())
    status, message = status_of(call)
    equal(status, "StatusCode.NOT_FOUND")
    assert "nobody" in message, message


@check
def tritons_metrics():
    metrics, context = rig.url("metrics", "/metrics"), rig.trust() if rig.certificate() else None
    with urllib.request.urlopen(metrics, timeout=20, context=context) as answer:
        text = answer.read().decode()
    assert "nv_inference_request_success" in text, text[:200]


@gateway_check
def http_needs_the_inference_key():
    for given in ({}, {"authorization": "Bearer wrong"}, headers("management")):
        status, message = status_of(lambda: infer(http, triton_http, VALUES, headers=given))
        equal(status, "400")


@gateway_check
def http_load_needs_the_management_key():
    for given in ({}, headers("inference")):
        status, _ = status_of(lambda: http.load_model("spare", headers=given))
        equal(status, "400")


@gateway_check
def http_shared_memory_is_refused():
    register = lambda kind: http.register_system_shared_memory(
        "region", "/compat", 64, headers=headers(kind)
    )
    equal(status_of(lambda: register("inference"))[0], "404")
    equal(status_of(lambda: register("management"))[0], "403")
    show = lambda: http.get_system_shared_memory_status(headers=headers("management"))
    equal(status_of(show)[0], "403")
    show = lambda: http.get_cuda_shared_memory_status(headers=headers("management"))
    equal(status_of(show)[0], "403")


@gateway_check
def grpc_denials():
    denied = "StatusCode.PERMISSION_DENIED"
    for given in ({}, {"authorization": "Bearer wrong"}, headers("management")):
        equal(status_of(lambda: infer(grpc, triton_grpc, VALUES, headers=given))[0], denied)
    equal(status_of(lambda: grpc.load_model("spare", headers=headers()))[0], denied)


@gateway_check
def grpc_shared_memory_is_refused():
    show = lambda kind: grpc.get_system_shared_memory_status(headers=headers(kind))
    equal(status_of(lambda: show("inference"))[0], "StatusCode.UNIMPLEMENTED")
    status, message = status_of(lambda: show("management"))
    equal(status, "StatusCode.PERMISSION_DENIED")
    rule = "upstream_allow=GRPC inference.GRPCInferenceService/SystemSharedMemoryStatus"
    assert rule in message, message


rig.run()
