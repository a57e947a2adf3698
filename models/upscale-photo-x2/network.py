"""The network: a row of 3x3 convolutions at the small size, added to cubic convolution, then DepthToSpace.

After the ideas of ESPCN (Shi et al., 2016: compute at the small size, shuffle at the end) and VDSR (Kim et al., 2016:
learn only what interpolation misses).
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional

SCALE = 2
FEATURES = 32
BODY_LAYERS = 4
# The slope that LeakyReLU gives to negative values.
SLOPE = 0.1
# How far an output pixel looks, in input pixels: one for each 3x3 convolution.
RADIUS = BODY_LAYERS + 2
# Keys' cubic convolution kernel (IEEE Trans. ASSP 29, 1981, eq. 15) with his coefficient.
CUBIC_A = -0.5
CUBIC_RADIUS = 2


def cubic(distance: float) -> float:
    d = abs(distance)
    if d <= 1:
        return (CUBIC_A + 2) * d**3 - (CUBIC_A + 3) * d**2 + 1
    if d < 2:
        return CUBIC_A * (d**3 - 5 * d**2 + 8 * d - 4)
    return 0.0


def phase_taps(phase: int) -> np.ndarray:
    """Five taps, at input offsets -2..2, for output pixel `phase` of each input pixel (half-pixel centres)."""
    position = (phase + 0.5) / SCALE - 0.5
    taps = np.array([cubic(position - offset) for offset in range(-CUBIC_RADIUS, CUBIC_RADIUS + 1)])
    return taps / taps.sum()


def cubic_weights() -> np.ndarray:
    """[12, 1, 5, 5]: for each colour its four output phases, as DepthToSpace in CRD order (pixel_shuffle) reads them."""
    phases = [np.outer(phase_taps(y), phase_taps(x)) for y in range(SCALE) for x in range(SCALE)]
    return np.stack(phases * 3)[:, None].astype(np.float32)


class Upscaler(nn.Module):
    """[N, 3, H + 2 RADIUS, W + 2 RADIUS] to [N, 3, 2 H, 2 W], RGB from 0 to 1: the borders are context, not answered."""

    def __init__(self) -> None:
        super().__init__()
        body = [nn.Conv2d(FEATURES, FEATURES, 3) for _ in range(BODY_LAYERS)]
        self.layers = nn.ModuleList([nn.Conv2d(3, FEATURES, 3), *body, nn.Conv2d(FEATURES, 3 * SCALE**2, 3)])
        self.register_buffer("cubic", torch.from_numpy(cubic_weights()))
        self.start_near_identity(body)

    def start_near_identity(self, body: list[nn.Conv2d]) -> None:
        """Body layers begin by passing on what they get, and the last by adding nothing: it learns faster from there."""
        with torch.no_grad():
            for layer in body:
                layer.weight.mul_(0.3)
                layer.weight[range(FEATURES), range(FEATURES), 1, 1] += 0.7
            self.layers[-1].weight.mul_(0.01)
            self.layers[-1].bias.zero_()

    def forward(self, image: torch.Tensor, is_rough: bool = False) -> torch.Tensor:
        """`is_rough` computes what is added, not the interpolation, in bfloat16: about twice as fast."""
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=is_rough):
            learned = self.learned(image)
        crop = RADIUS - CUBIC_RADIUS
        interpolated = functional.conv2d(image[:, :, crop:-crop, crop:-crop], self.cubic, groups=3)
        return functional.pixel_shuffle(learned.float() + interpolated, SCALE)

    def learned(self, image: torch.Tensor) -> torch.Tensor:
        *hidden, last = self.layers
        features = image
        for layer in hidden:
            features = functional.leaky_relu(layer(features), SLOPE)
        return last(features)
