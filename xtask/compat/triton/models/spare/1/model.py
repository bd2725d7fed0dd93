"""Returns its tensor."""

import triton_python_backend_utils as utils


class TritonPythonModel:
    """Named so by Triton."""

    def execute(self, requests):
        """One answer for each request."""
        responses = []
        for request in requests:
            values = utils.get_input_tensor_by_name(request, "INPUT").as_numpy()
            output = utils.Tensor("OUTPUT", values)
            responses.append(utils.InferenceResponse(output_tensors=[output]))
        return responses
