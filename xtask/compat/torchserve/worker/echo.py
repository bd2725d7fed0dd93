"""A model without torch: returns what it gets; streams it word by word; takes its time if asked."""

import time

from ts.handler_utils.utils import send_intermediate_predict_response


def text_of(row):
    """The body, or the field `data` of a form or a gRPC request."""
    value = row.get("body", row.get("data"))
    return value.decode() if isinstance(value, (bytes, bytearray)) else str(value)


def handle(data, context):
    """`sleep SECONDS` waits, `stream WORDS` streams a word each 0.5 s, all else comes back."""
    if data is None:
        return None
    answers = [answer(text_of(row), context) for row in data]
    return answers


def answer(text, context):
    """The answer to one request."""
    command, _, rest = text.partition(" ")
    if command == "sleep":
        time.sleep(float(rest))
        return f"slept {rest}"
    if command == "stream":
        first, *others = rest.split()
        previous = first
        for word in others:
            send_intermediate_predict_response(
                [previous + " "], context.request_ids, "Intermediate", 200, context
            )
            time.sleep(0.5)
            previous = word
        return previous
    return text
