"""Trains the network and writes upscale-photo-x2.onnx. README.md has the command line.

Determined by its seed but for the order in which threads add; about a quarter of an hour on one free core.
"""

import argparse
import math
import time
from pathlib import Path

import onnx
import skimage
import torch
from torch.nn import functional

from export import build
from network import Upscaler
from training_pairs import TrainingPairs, sharp_pictures

BATCH = 16
PATCH_SIDE = 48
RATE = 1e-3
# The rate stays for this share and then falls by a cosine to nothing, so that a run may be cut short while it stays.
STEADY_SHARE = 0.6
# The last tenth is computed in float32, as the exported network computes.
ROUGH_SHARE = 0.9
SEED = 7
REPORT_EVERY = 250


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--wallpapers", type=Path, required=True, help="folder of the JPEG files of lomiri-wallpapers-16.04")
    parser.add_argument("--iterations", type=int, default=8_000)
    parser.add_argument("--state", type=Path, help="file that keeps the state of a run: one that was stopped goes on")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "upscale-photo-x2.onnx")
    return parser.parse_args()


def share_of_rate(done: float) -> float:
    falling = max(0.0, (done - STEADY_SHARE) / (1 - STEADY_SHARE))
    return (1 + math.cos(math.pi * falling)) / 2


class Training:
    def __init__(self, pairs: TrainingPairs, iterations: int) -> None:
        self.pairs = pairs
        self.iterations = iterations
        self.iteration = 0
        self.network = Upscaler().to(memory_format=torch.channels_last)
        self.optimizer = torch.optim.Adam(self.network.parameters(), RATE)

    def step(self) -> float:
        """One batch; returns how far off the answers were, in levels of 255."""
        done = self.iteration / self.iterations
        for group in self.optimizer.param_groups:
            group["lr"] = RATE * share_of_rate(done)
        source, target = (torch.from_numpy(images) for images in self.pairs.batch(BATCH, PATCH_SIDE))
        doubled = self.network(source.contiguous(memory_format=torch.channels_last), is_rough=done < ROUGH_SHARE)
        loss = functional.l1_loss(doubled, target)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.iteration += 1
        return 255 * loss.item()

    def run(self, state: Path | None) -> None:
        started, off = time.monotonic(), 0.0
        while self.iteration < self.iterations:
            off += self.step()
            if self.iteration % REPORT_EVERY == 0:
                seconds = time.monotonic() - started
                print(f"{self.iteration} of {self.iterations}: {off / REPORT_EVERY:.3f} levels off, {seconds:.0f} s", flush=True)
                off = 0.0
                if state is not None:
                    self.save(state)

    def save(self, state: Path) -> None:
        kept = [self.iteration, self.network.state_dict(), self.optimizer.state_dict(), self.pairs.random.bit_generator.state]
        torch.save(kept, state)

    def load(self, state: Path) -> None:
        self.iteration, network, optimizer, self.pairs.random.bit_generator.state = torch.load(state)
        self.network.load_state_dict(network)
        self.optimizer.load_state_dict(optimizer)


def main() -> None:
    arguments = read_arguments()
    torch.manual_seed(SEED)
    samples = Path(skimage.__file__).parent / "data"
    training = Training(TrainingPairs(sharp_pictures(arguments.wallpapers, samples), SEED), arguments.iterations)
    if arguments.state is not None and arguments.state.exists():
        training.load(arguments.state)
    training.run(arguments.state)
    onnx.save(build(training.network), arguments.output)


if __name__ == "__main__":
    main()
