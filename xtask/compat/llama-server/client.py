"""llama-server's client: the openai SDK."""

import re
import time

import httpx2
import openai
import rig
from rig import check, gateway_check, equal

HELLO = [{"role": "user", "content": "hello you"}]

# More than the server can say within the time that a check waits.
ENDLESS = {"max_tokens": 30_000, "extra_body": {"ignore_eos": True}}


def client(key):
    return openai.OpenAI(
        base_url=rig.url("http", "/v1"),
        api_key=key,
        max_retries=0,
        timeout=30,
        http_client=openai.DefaultHttpxClient(verify=rig.trust()),
    )


def chat(kind="inference", **options):
    options = {"model": "random", "messages": HELLO, "max_tokens": 8, **options}
    return client(rig.key(kind)).chat.completions.create(**options)


def status_of(call):
    try:
        call()
    except openai.APIStatusError as error:
        return error.status_code, error.message
    return 200, ""


def get(path, kind=None):
    headers = rig.bearer(kind) if kind else {}
    return httpx2.get(rig.url("http", path), headers=headers, timeout=20, verify=rig.trust())


def cancelled():
    """How many requests the server has given up because their client went away."""
    return len(re.findall("cancel task", rig.server_log()))


@check
def chat_with_usage():
    answer = chat()
    assert answer.choices[0].message.content, answer
    equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens)
    assert answer.usage.prompt_tokens > 0, answer.usage


@check
def stream_with_usage_in_its_last_event():
    options = {"stream": True, "stream_options": {"include_usage": True}}
    events = list(chat(extra_body={"ignore_eos": True}, **options))
    equal(events[-1].usage.completion_tokens, 8)
    assert len(events) > 3, events


@check
def a_long_stream_arrives_while_it_is_made():
    start = time.monotonic()
    first = None
    stream = chat(stream=True, **{**ENDLESS, "max_tokens": 2000})
    for _ in stream:
        first = first or time.monotonic() - start
    whole = time.monotonic() - start
    assert first < whole / 2, f"first event after {first} s of {whole} s"


@check
def a_cancelled_stream_is_cancelled_in_the_server():
    before = cancelled()
    stream = chat(stream=True, **ENDLESS)
    for _, _ in zip(stream, range(5)):
        pass
    stream.close()
    rig.wait_until(lambda: cancelled() > before, "the server goes on with the request", 3)


@check
def a_cancelled_request_is_cancelled_in_the_server():
    before = cancelled()
    try:
        client(rig.key("inference")).with_options(timeout=1).chat.completions.create(
            model="random", messages=HELLO, **ENDLESS
        )
    except openai.APITimeoutError:
        pass
    else:
        raise AssertionError("the request ended before it was cancelled")
    rig.wait_until(lambda: cancelled() > before, "the server goes on with the request", 3)


@check
def a_message_in_the_manner_of_anthropics_clients():
    answer = httpx2.post(
        rig.url("http", "/v1/messages"),
        json={"model": "random", "messages": HELLO, "max_tokens": 8},
        headers={"x-api-key": rig.key("inference"), "anthropic-version": "2023-06-01"},
        timeout=20,
        verify=rig.trust(),
    )
    equal((answer.status_code, answer.json()["type"]), (200, "message"))


@check
def embeddings_are_llama_servers_own_error():
    call = lambda: client(rig.key("inference")).embeddings.create(model="random", input="hello")
    status, message = status_of(call)
    equal(status, 501)
    assert "embeddings" in message, message


@check
def models_are_listed():
    models = client(rig.key("inference")).models.list()
    equal([model.id for model in models], ["random"])


@check
def health_without_a_key():
    answer = get("/health")
    equal((answer.status_code, answer.json()["status"]), (200, "ok"))


@gateway_check
def a_wrong_key_is_denied_with_the_reason():
    call = lambda: client("wrong").chat.completions.create(model="random", messages=HELLO)
    status, message = status_of(call)
    equal(status, 400)
    assert "Token Authorization failed" in message, message
    equal(status_of(lambda: chat("management"))[0], 400)


@gateway_check
def prompts_of_others_need_the_management_key():
    equal(get("/slots").status_code, 400)
    equal(get("/slots", "inference").status_code, 400)
    equal(get("/slots", "management").status_code, 200)


@gateway_check
def tools_and_the_proxy_are_blocked():
    for path in ("/tools", "/cors-proxy"):
        equal(get(path, "inference").status_code, 404)
        answer = get(path, "management")
        equal(answer.status_code, 403)
        assert f"upstream_allow=GET {path}" in answer.text, answer.text


@gateway_check
def the_user_interface_is_404():
    equal(get("/", "inference").status_code, 404)


@gateway_check
def tokens_of_usage_are_counted():
    before = counted_tokens()
    answer = chat()
    events = list(chat(stream=True, stream_options={"include_usage": True}))
    expected = answer.usage.total_tokens + events[-1].usage.total_tokens
    # Counted after the last byte of a response has been sent.
    rig.wait_until(lambda: counted_tokens() - before == expected, f"{expected} tokens more")


def counted_tokens():
    target = rig.url("gateway_metrics", "/host/metrics")
    lines = httpx2.get(target, timeout=20, verify=rig.trust()).text.splitlines()
    counters = [line for line in lines if line.startswith("host_demo_forwarded_tokens_total{")]
    return sum(int(line.rsplit(" ", 1)[1]) for line in counters)


rig.run()
