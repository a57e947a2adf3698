"""Writes the trained network as a graph of standard ONNX operators."""

import onnx
from onnx import TensorProto, helper, numpy_helper

import numpy as np

from network import CUBIC_RADIUS, RADIUS, SCALE, SLOPE, Upscaler

NAME = "infermesh-photo-x2"


def edge_pads(radius: int) -> np.ndarray:
    return np.array([0, 0, radius, radius, 0, 0, radius, radius], dtype=np.int64)


def hidden_and_last(count: int) -> list[onnx.NodeProto]:
    """Convolutions with LeakyReLU between them, which onnxruntime computes as one."""
    nodes, features = [], "context"
    for index in range(count):
        is_last = index == count - 1
        name = "learned" if is_last else f"features_{index}"
        nodes.append(helper.make_node("Conv", [features, f"weight_{index}", f"bias_{index}"], [name], kernel_shape=[3, 3]))
        features = name
        if not is_last:
            features = f"activated_{index}"
            nodes.append(helper.make_node("LeakyRelu", [name], [features], alpha=SLOPE))
    return nodes


def build(network: Upscaler) -> onnx.ModelProto:
    layers = list(network.layers)
    nodes = [
        helper.make_node("Pad", ["image", "context_pads"], ["context"], mode="edge"),
        *hidden_and_last(len(layers)),
        helper.make_node("Pad", ["image", "cubic_pads"], ["cubic_context"], mode="edge"),
        helper.make_node("Conv", ["cubic_context", "cubic"], ["interpolated"], kernel_shape=[5, 5], group=3),
        helper.make_node("Add", ["learned", "interpolated"], ["phases"]),
        helper.make_node("DepthToSpace", ["phases"], ["doubled"], blocksize=SCALE, mode="CRD"),
        helper.make_node("Clip", ["doubled", "zero", "one"], ["upscaled"]),
    ]
    constants = {
        "context_pads": edge_pads(RADIUS),
        "cubic_pads": edge_pads(CUBIC_RADIUS),
        "cubic": network.cubic.numpy(),
        "zero": np.array(0, dtype=np.float32),
        "one": np.array(1, dtype=np.float32),
    }
    for index, layer in enumerate(layers):
        constants[f"weight_{index}"] = layer.weight.detach().contiguous().numpy()
        constants[f"bias_{index}"] = layer.bias.detach().numpy()
    graph = helper.make_graph(
        nodes,
        NAME,
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, "height", "width"])],
        [helper.make_tensor_value_info("upscaled", TensorProto.FLOAT, ["batch", 3, "height_x2", "width_x2"])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="infermesh")
    model.ir_version = 8
    helper.set_model_props(model, {"scale": str(SCALE), "name": NAME, "licence": "CC0-1.0"})
    onnx.checker.check_model(model, full_check=True)
    return model
