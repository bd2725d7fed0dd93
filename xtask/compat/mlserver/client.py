"""MLServer's clients: its own `mlserver infer`, httpx for event streams, grpcio."""

import json
import pathlib
import subprocess
import sys
import time

import grpc
import httpx
import rig
from mlserver.grpc import dataplane_pb2 as dataplane
from mlserver.grpc import dataplane_pb2_grpc as dataplane_grpc
from rig import check, gateway_check, equal

http = httpx.Client(timeout=30, verify=rig.trust())


def body(*texts):
    given = {"name": "input", "shape": [len(texts)], "datatype": "BYTES", "data": list(texts)}
    return {"inputs": [given]}


def call(method, path, kind="inference", **options):
    headers = options.pop("headers", rig.bearer(kind))
    return http.request(method, rig.url("http", path), headers=headers, **options)


def texts_of(answer):
    return answer["outputs"][0]["data"]


def infer_from_file(headers, texts):
    """The command `mlserver infer`: one request for each line of a file."""
    given, made = rig.folder() / "requests.jsonl", rig.folder() / "answers.jsonl"
    given.write_text("".join(json.dumps(body(text)) + "\n" for text in texts))
    made.unlink(missing_ok=True)
    command = [str(pathlib.Path(sys.executable).parent / "mlserver"), "infer"]
    command += ["-u", rig.address("http"), "-m", "echo", "-w", "2", "-r", "1"]
    command += ["-i", str(given), "-o", str(made)]
    if rig.certificate():
        # It takes no certificate to trust.
        command += ["--use-ssl", "--insecure"]
    for name, value in headers.items():
        command += ["-H", f"{name}:{value}"]
    done = subprocess.run(command, timeout=60, capture_output=True, text=True)
    sys.stderr.write(done.stdout + done.stderr)
    return [json.loads(line) for line in made.read_text().splitlines()]


@check
def mlserver_infer():
    texts = ["one", "two", "three"]
    answers = infer_from_file(rig.bearer("inference"), texts)
    equal(sorted(text for answer in answers for text in texts_of(answer)), sorted(texts))


@check
def inference_with_httpx():
    answer = call("POST", "/v2/models/echo/infer", json=body("hello"))
    equal((answer.status_code, texts_of(answer.json())), (200, ["hello"]))


@check
def an_event_stream_arrives_event_by_event():
    seconds, texts = [], []
    target = rig.url("http", "/v2/models/echo/infer_stream")
    given = body("one", "two", "three")
    with http.stream("POST", target, json=given, headers=rig.bearer("inference")) as answer:
        equal(answer.status_code, 200)
        for line in answer.iter_lines():
            if line.startswith("data: "):
                seconds.append(time.monotonic())
                texts += texts_of(json.loads(line.removeprefix("data: ")))
    equal(texts, ["one", "two", "three"])
    assert seconds[-1] - seconds[0] > 0.3, f"all events arrived within {seconds[-1] - seconds[0]} s"


@check
def a_path_with_a_slash_at_its_end():
    # MLServer answers with a redirection, whose host the gateway writes as its own; the profile has
    # no such path.
    answer = call("POST", "/v2/models/echo/infer/", json=body("hello"), follow_redirects=False)
    equal(answer.status_code, 307 if rig.is_direct() else 404)


@check
def metadata_health_and_documents():
    equal(call("GET", "/v2").json()["name"], "mlserver")
    equal(call("GET", "/v2/models/echo").json()["name"], "echo")
    equal(call("GET", "/v2/health/ready", headers={}).status_code, 200)
    equal(call("GET", "/v2/models/echo/ready", headers={}).status_code, 200)
    equal(call("GET", "/v2/docs/dataplane.json").status_code, 200)


@check
def a_model_is_unloaded_and_loaded():
    equal(call("POST", "/v2/repository/index", "management", json={}).json()[0]["name"], "echo")
    answer = call("POST", "/v2/repository/models/echo/unload", "management")
    equal(answer.status_code, 200)
    answer = call("POST", "/v2/repository/models/echo/load", "management")
    equal(answer.status_code, 200)
    equal(call("POST", "/v2/models/echo/infer", json=body("hello")).status_code, 200)


@check
def mlservers_metrics():
    answer = http.get(rig.url("metrics", "/metrics"))
    equal(answer.status_code, 200)
    assert "rest_server_requests" in answer.text, answer.text[:200]


def metadata(kind):
    return [(name.lower(), value) for name, value in rig.bearer(kind).items()]


def request(*texts):
    tensor = dataplane.ModelInferRequest.InferInputTensor(
        name="input", datatype="BYTES", shape=[len(texts)]
    )
    tensor.contents.bytes_contents.extend(text.encode() for text in texts)
    return dataplane.ModelInferRequest(model_name="echo", inputs=[tensor])


def texts_of_message(answer):
    return [text.decode() for text in answer.outputs[0].contents.bytes_contents]


@check
def grpc_inference():
    with rig.grpc_channel("grpc") as channel:
        stub = dataplane_grpc.GRPCInferenceServiceStub(channel)
        answer = stub.ModelInfer(request("hello"), metadata=metadata("inference"), timeout=20)
    equal(texts_of_message(answer), ["hello"])


@check
def grpc_stream():
    # tritonclient cannot read it: Triton wraps each answer in a message of its own, MLServer does not.
    with rig.grpc_channel("grpc") as channel:
        stub = dataplane_grpc.GRPCInferenceServiceStub(channel)
        requests = iter([request("one", "two", "three")])
        texts, seconds = [], []
        for answer in stub.ModelStreamInfer(requests, metadata=metadata("inference"), timeout=20):
            texts += texts_of_message(answer)
            seconds.append(time.monotonic())
    equal(texts, ["one", "two", "three"])
    assert seconds[-1] - seconds[0] > 0.3, f"all arrived within {seconds[-1] - seconds[0]} s"


@check
def grpc_health_and_metadata():
    with rig.grpc_channel("grpc") as channel:
        stub = dataplane_grpc.GRPCInferenceServiceStub(channel)
        equal(stub.ServerReady(dataplane.ServerReadyRequest(), timeout=20).ready, True)
        options = {"metadata": metadata("inference"), "timeout": 20}
        equal(stub.ServerMetadata(dataplane.ServerMetadataRequest(), **options).name, "mlserver")


@gateway_check
def mlserver_infer_needs_the_inference_key():
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        (answer,) = infer_from_file(headers, ["one"])
        # It knows MLServer's errors only, and reports that this one is none of them.
        assert "outputs" not in answer, answer
        assert "error" in answer, answer


@gateway_check
def management_needs_the_management_key():
    for kind in ("inference", "API"):
        answer = call("POST", "/v2/repository/models/echo/load", kind)
        equal((answer.status_code, answer.json()["type"]), (400, "InvalidKeyException"))


@gateway_check
def grpc_denials():
    with rig.grpc_channel("grpc") as channel:
        stub = dataplane_grpc.GRPCInferenceServiceStub(channel)
        for given in ([], [("authorization", "Bearer wrong")], metadata("management")):
            try:
                stub.ModelInfer(request("hello"), metadata=given, timeout=20)
            except grpc.RpcError as error:
                equal(error.code(), grpc.StatusCode.PERMISSION_DENIED)
            else:
                raise AssertionError(f"allowed with {len(given)} headers")


rig.run()
