"""Makes upscale-bicubic-x2.onnx: doubles an RGB picture by cubic convolution, as a graph of standard ONNX operators.

Run: pip install onnx==1.17.0 numpy && python make.py
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SCALE = 2
# Keys' cubic convolution kernel (IEEE Trans. ASSP 29, 1981, eq. 15) with a = -0.75, the coefficient most programs use.
A = -0.75


def cubic(distance: float) -> float:
    d = abs(distance)
    if d <= 1:
        return (A + 2) * d**3 - (A + 3) * d**2 + 1
    if d < 2:
        return A * (d**3 - 5 * d**2 + 8 * d - 4)
    return 0.0


def phase_taps(phase: int) -> np.ndarray:
    """Five taps, at input offsets -2..2, for output pixel `phase` of each input pixel (half-pixel centres)."""
    position = (phase + 0.5) / SCALE - 0.5
    taps = np.array([cubic(position - offset) for offset in range(-2, 3)])
    return taps / taps.sum()


def weights() -> np.ndarray:
    """[12, 1, 5, 5]: for each colour its four output phases, as DepthToSpace in CRD order reads them."""
    phases = [np.outer(phase_taps(y), phase_taps(x)) for y in range(SCALE) for x in range(SCALE)]
    return np.stack(phases * 3)[:, None].astype(np.float32)


def build() -> onnx.ModelProto:
    nodes = [
        helper.make_node("Pad", ["image", "pads"], ["padded"], mode="edge"),
        helper.make_node("Conv", ["padded", "weights"], ["phases"], kernel_shape=[5, 5], group=3),
        helper.make_node("DepthToSpace", ["phases"], ["doubled"], blocksize=SCALE, mode="CRD"),
        helper.make_node("Clip", ["doubled", "zero", "one"], ["upscaled"]),
    ]
    initializers = [
        numpy_helper.from_array(weights(), "weights"),
        numpy_helper.from_array(np.array([0, 0, 2, 2, 0, 0, 2, 2], dtype=np.int64), "pads"),
        numpy_helper.from_array(np.array(0, dtype=np.float32), "zero"),
        numpy_helper.from_array(np.array(1, dtype=np.float32), "one"),
    ]
    graph = helper.make_graph(
        nodes,
        "upscale-bicubic-x2",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, "height", "width"])],
        [helper.make_tensor_value_info("upscaled", TensorProto.FLOAT, ["batch", 3, "height_x2", "width_x2"])],
        initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="infermesh")
    model.ir_version = 8
    helper.set_model_props(model, {"scale": str(SCALE), "name": "infermesh-bicubic-x2", "licence": "CC0-1.0"})
    onnx.checker.check_model(model, full_check=True)
    return model


if __name__ == "__main__":
    onnx.save(build(), "upscale-bicubic-x2.onnx")
