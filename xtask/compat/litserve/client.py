"""LitServe's client: the openai SDK."""

import time

import httpx2
import openai
import rig
from rig import check, gateway_check, equal

WORDS = [{"role": "user", "content": "one two three"}]


def client(key):
    return openai.OpenAI(
        base_url=rig.url("http", "/v1"),
        api_key=key,
        max_retries=0,
        timeout=30,
        http_client=openai.DefaultHttpxClient(verify=rig.trust()),
    )


def status_of(call):
    try:
        call()
    except openai.APIStatusError as error:
        return error.status_code, error.message
    return 200, ""


@check
def chat():
    answer = client(rig.key("inference")).chat.completions.create(model="echo", messages=WORDS)
    equal(answer.choices[0].message.content, "one two three ")


@check
def chat_as_a_stream_word_by_word():
    stream = client(rig.key("inference")).chat.completions.create(
        model="echo", messages=WORDS, stream=True
    )
    seconds, text, usage = [], "", None
    for event in stream:
        if content := event.choices[0].delta.content:
            seconds.append(time.monotonic())
            text += content
        usage = event.usage or usage
    equal(text, "one two three ")
    equal(usage.total_tokens, 6)
    assert seconds[-1] - seconds[0] > 0.3, f"all words arrived within {seconds[-1] - seconds[0]} s"


@check
def a_message_without_content_is_litserves_error():
    call = lambda: client(rig.key("inference")).chat.completions.create(
        model="echo", messages=[{"content": "x"}]
    )
    equal(status_of(call)[0], 422)


@check
def health_without_a_key():
    answer = httpx2.get(rig.url("http", "/health"), verify=rig.trust())
    equal((answer.status_code, answer.text), (200, "ok"))


@gateway_check
def a_wrong_key_is_denied_with_the_reason():
    call = lambda: client("wrong").chat.completions.create(model="echo", messages=WORDS)
    status, message = status_of(call)
    equal(status, 400)
    assert "Token Authorization failed" in message, message


@gateway_check
def the_management_key_opens_no_chat():
    call = lambda: client(rig.key("management")).chat.completions.create(
        model="echo", messages=WORDS
    )
    equal(status_of(call)[0], 400)


@gateway_check
def a_path_that_the_profile_does_not_name_is_404():
    call = lambda: client(rig.key("inference")).models.list()
    equal(status_of(call)[0], 404)


@gateway_check
def shutdown_is_blocked():
    def post(kind):
        target, headers = rig.url("http", "/shutdown"), rig.bearer(kind)
        return httpx2.post(target, headers=headers, verify=rig.trust())

    equal(post("inference").status_code, 404)
    answer = post("management")
    equal(answer.status_code, 403)
    assert "upstream_allow=POST /shutdown" in answer.text, answer.text


rig.run()
