"""Answers with the numbers of its tensor one by one, each after 0.3 s."""

import time

import triton_python_backend_utils as utils


class TritonPythonModel:
    """Named so by Triton."""

    def execute(self, requests):
        """Answers through each request's sender, since there are several answers to one request."""
        for request in requests:
            sender = request.get_response_sender()
            values = utils.get_input_tensor_by_name(request, "INPUT").as_numpy()
            for index in range(len(values)):
                output = utils.Tensor("OUTPUT", values[index : index + 1])
                sender.send(utils.InferenceResponse(output_tensors=[output]))
                time.sleep(0.3)
            sender.send(flags=utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL)
