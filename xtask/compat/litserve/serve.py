"""LitServe with OpenAISpec and a model that says the words of the last message, one each 0.3 s."""

import time

import litserve
import rig


class Echo(litserve.LitAPI):
    """No model to load: the words come back."""

    def setup(self, device):
        pass

    def predict(self, prompt):
        words = prompt[-1]["content"].split()
        for number, word in enumerate(words, start=1):
            yield {
                "role": "assistant",
                "content": f"{word} ",
                "prompt_tokens": len(words),
                "completion_tokens": number,
                "total_tokens": len(words) + number,
            }
            time.sleep(0.3)

    def decode_request(self, request):
        return [message.model_dump() for message in request.messages]


if __name__ == "__main__":
    api = Echo(spec=litserve.OpenAISpec())
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=1)
    server.run(host="127.0.0.1", port=rig.server_port("http"), generate_client_file=False)
