"""TorchServe's clients: HTTP on three addresses, gRPC on two ports."""

import importlib
import os
import pathlib
import sys
import time
import zipfile

import grpc
import httpx
import rig
from grpc_tools import protoc
from rig import check, gateway_check, equal

# With one address it is the rules of the profile that tell the APIs apart.
HAS_ONE_ADDRESS = "COMPAT_ADDRESS_MANAGEMENT" not in os.environ
MANAGEMENT = "inference" if HAS_ONE_ADDRESS else "management"

http = httpx.Client(timeout=30, verify=rig.trust())


def compile_protocols():
    """The modules of the two services, from the protocol files in the jar."""
    import google
    import ts

    folder = rig.folder() / "protocols"
    folder.mkdir(exist_ok=True)
    jar = pathlib.Path(ts.__file__).parent / "frontend" / "model-server.jar"
    names = ["inference.proto", "management.proto"]
    with zipfile.ZipFile(jar) as archive:
        for name in names:
            (folder / name).write_bytes(archive.read(f"proto/{name}"))
    includes = {str(pathlib.Path(path).parent) for path in google.__path__}
    tools = pathlib.Path(sys.modules["grpc_tools"].__file__).parent / "_proto"
    arguments = ["protoc", f"-I{folder}", f"-I{tools}", *(f"-I{path}" for path in includes)]
    arguments += [f"--python_out={folder}", f"--grpc_python_out={folder}", *names]
    equal(protoc.main(arguments), 0)
    sys.path.insert(0, str(folder))
    modules = ["inference_pb2", "inference_pb2_grpc", "management_pb2", "management_pb2_grpc"]
    return [importlib.import_module(name) for name in modules]


inference, inference_grpc, management, management_grpc = compile_protocols()


def predict(text, model="echo", **options):
    headers = {"content-type": "text/plain", **options.pop("headers", rig.bearer("inference"))}
    return http.post(rig.url("inference", f"/predictions/{model}"), content=text, headers=headers)


def manage(method, path, **options):
    headers = options.pop("headers", rig.bearer("management"))
    return http.request(method, rig.url(MANAGEMENT, path), headers=headers, **options)


def denied(answer):
    equal((answer.status_code, answer.json()["type"]), (400, "InvalidKeyException"))


@check
def a_prediction():
    answer = predict("hello")
    equal((answer.status_code, answer.text), (200, "hello"))


@check
def a_prediction_of_5_megabytes():
    text = "0123456789" * 500_000
    answer = predict(text)
    equal((answer.status_code, answer.text == text), (200, True))


@check
def a_form_with_a_file():
    answer = http.post(
        rig.url("inference", "/predictions/echo/1.0"),
        files={"data": ("data.txt", b"from a form")},
        headers=rig.bearer("inference"),
    )
    equal((answer.status_code, answer.text), (200, "from a form"))


@check
def a_streamed_prediction_arrives_word_by_word():
    seconds, words = [], []
    headers = {"content-type": "text/plain", **rig.bearer("inference")}
    target = rig.url("inference", "/predictions/echo")
    with http.stream("POST", target, content="stream one two three", headers=headers) as answer:
        for part in answer.iter_text():
            seconds.append(time.monotonic())
            words.append(part)
    equal("".join(words), "one two three")
    assert seconds[-1] - seconds[0] > 0.5, f"all words arrived within {seconds[-1] - seconds[0]} s"


@check
def an_unknown_model_is_torchserves_404():
    answer = predict("hello", model="nobody")
    equal((answer.status_code, answer.json()["type"]), (404, "ModelNotFoundException"))


@gateway_check
def health_needs_no_key_with_a_profile():
    # Without one the host cannot know which paths are about health.
    answer = http.get(rig.url("inference", "/ping"))
    equal(answer.status_code, 200 if HAS_ONE_ADDRESS else 400)


@check
def ping_with_the_key():
    answer = http.get(rig.url("inference", "/ping"), headers=rig.bearer("inference"))
    equal((answer.status_code, answer.json()), (200, {"status": "Healthy"}))


@check
def a_model_is_registered_scaled_used_and_unregistered():
    query = {"url": "spare.mar", "initial_workers": "1", "synchronous": "true"}
    answer = manage("POST", "/models", params=query)
    equal((answer.status_code, answer.json()["status"][:13]), (200, 'Model "spare"'))
    try:
        equal(predict("hello", model="spare").text, "hello")
        answer = manage("PUT", "/models/spare", params={"min_worker": "2", "synchronous": "true"})
        equal(answer.status_code, 200)
        workers = manage("GET", "/models/spare").json()[0]["workers"]
        equal(len(workers), 2)
    finally:
        answer = manage("DELETE", "/models/spare")
    equal(answer.status_code, 200)
    equal(predict("hello", model="spare").status_code, 404)


@check
def models_are_listed():
    names = [model["modelName"] for model in manage("GET", "/models").json()["models"]]
    equal(names, ["echo"])


@check
def torchserves_metrics():
    answer = http.get(rig.url("metrics", "/metrics"))
    equal(answer.status_code, 200)
    assert "ts_inference_requests_total" in answer.text, answer.text[:200]


@gateway_check
def predictions_need_the_inference_key():
    denied(predict("hello", headers={}))
    denied(predict("hello", headers={"Authorization": "Bearer wrong"}))
    denied(predict("hello", headers=rig.bearer("management")))


@gateway_check
def management_needs_the_management_key():
    denied(manage("GET", "/models", headers={}))
    denied(manage("GET", "/models", headers=rig.bearer("inference")))
    denied(manage("POST", "/models?url=spare.mar", headers=rig.bearer("inference")))
    equal(manage("GET", "/models/spare").status_code, 404)


@gateway_check
def a_replaced_key_is_denied_and_its_successor_allowed():
    replaced = rig.bearer("management")
    target = rig.url("gateway_management", "/token")
    answer = http.get(target, params={"type": "management"}, headers=rig.bearer("API"))
    equal(answer.status_code, 200)
    denied(manage("GET", "/models", headers=replaced))
    equal(manage("GET", "/models").status_code, 200)


def metadata(kind):
    return [(name.lower(), value) for name, value in rig.bearer(kind).items()]


def request(text, model="echo"):
    return inference.PredictionsRequest(model_name=model, input={"data": text.encode()})


def code_of(call):
    try:
        answer = call()
        if hasattr(answer, "__next__"):
            list(answer)
    except grpc.RpcError as error:
        return error.code()
    return grpc.StatusCode.OK


@check
def grpc_prediction():
    with rig.grpc_channel("grpc_inference") as to:
        stub = inference_grpc.InferenceAPIsServiceStub(to)
        answer = stub.Predictions(request("hello"), metadata=metadata("inference"), timeout=20)
        equal(answer.prediction, b"hello")


@check
def grpc_ping():
    from google.protobuf.empty_pb2 import Empty

    with rig.grpc_channel("grpc_inference") as to:
        stub = inference_grpc.InferenceAPIsServiceStub(to)
        answer = stub.Ping(Empty(), metadata=metadata("inference"), timeout=20)
        assert "Healthy" in answer.health, answer.health


@check
def grpc_predictions_are_streamed():
    with rig.grpc_channel("grpc_inference") as to:
        stub = inference_grpc.InferenceAPIsServiceStub(to)
        answers = stub.StreamPredictions(
            request("stream one two three"), metadata=metadata("inference"), timeout=20
        )
        seconds, words = [], []
        for answer in answers:
            seconds.append(time.monotonic())
            words.append(answer.prediction.decode())
    equal("".join(words), "one two three")
    assert seconds[-1] - seconds[0] > 0.5, f"all words arrived within {seconds[-1] - seconds[0]} s"


@check
def grpc_deadline():
    with rig.grpc_channel("grpc_inference") as to:
        stub = inference_grpc.InferenceAPIsServiceStub(to)
        start = time.monotonic()
        code = code_of(
            lambda: stub.Predictions(
                request("sleep 2"), metadata=metadata("inference"), timeout=0.5
            )
        )
    equal(code, grpc.StatusCode.DEADLINE_EXCEEDED)
    assert time.monotonic() - start < 2, "the client waited for the answer"


@check
def grpc_unknown_model_is_torchserves_internal():
    with rig.grpc_channel("grpc_inference") as to:
        stub = inference_grpc.InferenceAPIsServiceStub(to)
        call = lambda: stub.Predictions(
            request("hello", model="nobody"), metadata=metadata("inference"), timeout=20
        )
        equal(code_of(call), grpc.StatusCode.INTERNAL)


@check
def grpc_management():
    with rig.grpc_channel("grpc_management") as to:
        stub = management_grpc.ManagementAPIsServiceStub(to)
        options = {"metadata": metadata("management"), "timeout": 60}
        stub.RegisterModel(
            management.RegisterModelRequest(url="spare.mar", initial_workers=1, synchronous=True),
            **options,
        )
        try:
            listed = stub.ListModels(management.ListModelsRequest(limit=10), **options).msg
            assert '"spare"' in listed, listed
            scale = management.ScaleWorkerRequest(model_name="spare", min_worker=2, synchronous=True)
            stub.ScaleWorker(scale, **options)
        finally:
            stub.UnregisterModel(management.UnregisterModelRequest(model_name="spare"), **options)


@gateway_check
def grpc_denials():
    denied_code = grpc.StatusCode.PERMISSION_DENIED
    with rig.grpc_channel("grpc_inference") as to:
        stub = inference_grpc.InferenceAPIsServiceStub(to)
        for given in ([], [("authorization", "Bearer wrong")], metadata("management")):
            call = lambda: stub.Predictions(request("hello"), metadata=given, timeout=20)
            equal(code_of(call), denied_code)
            call = lambda: stub.StreamPredictions(request("hello"), metadata=given, timeout=20)
            equal(code_of(call), denied_code)
    with rig.grpc_channel("grpc_management") as to:
        stub = management_grpc.ManagementAPIsServiceStub(to)
        for given in ([], metadata("inference")):
            call = lambda: stub.ListModels(
                management.ListModelsRequest(), metadata=given, timeout=20
            )
            equal(code_of(call), denied_code)


@gateway_check
def grpc_management_is_not_opened_by_the_inference_key():
    with rig.grpc_channel("grpc_inference") as to:
        stub = management_grpc.ManagementAPIsServiceStub(to)
        call = lambda: stub.ListModels(
            management.ListModelsRequest(), metadata=metadata("inference"), timeout=20
        )
        denied_code = grpc.StatusCode.PERMISSION_DENIED
        equal(code_of(call), denied_code if HAS_ONE_ADDRESS else grpc.StatusCode.UNIMPLEMENTED)


rig.run()
