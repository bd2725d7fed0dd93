"""A model of MLServer: returns its texts, or streams them one each 0.3 s."""

import asyncio

from mlserver import MLModel
from mlserver.codecs import StringCodec
from mlserver.types import InferenceResponse


class Echo(MLModel):
    """Nothing to load."""

    async def load(self):
        return True

    def answer(self, texts):
        output = StringCodec.encode_output("output", texts)
        return InferenceResponse(model_name=self.name, outputs=[output])

    async def predict(self, payload):
        return self.answer(StringCodec.decode_input(payload.inputs[0]))

    async def predict_stream(self, payloads):
        async for payload in payloads:
            for text in StringCodec.decode_input(payload.inputs[0]):
                yield self.answer([text])
                await asyncio.sleep(0.3)
