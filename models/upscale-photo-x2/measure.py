"""Compares the network with Lanczos and cubic convolution on photographs that it has not learnt from.

Each is halved, doubled again and compared with itself: PSNR and SSIM over RGB of 8 bits, 4 pixels of border left out.
README.md has the command line.
"""

import argparse
from pathlib import Path

import numpy as np
import onnxruntime
import skimage
import sklearn
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

HERE = Path(__file__).parent
BORDER = 4
LOBES = 3
# Debian's lomiri-wallpapers-16.04, those that training_pairs.py leaves out; shrunk to a third.
WALLPAPERS = ["Bridge_by_Sander_Klootwijk.jpg", "Dragonfly_by_Bolly.jpg", "free_by_Peter_Nerlich.jpg", "greentock_by_Peter_Nerlich.jpg"]
WALLPAPER_SHRINK = 3
HALVINGS = {"bicubic": Image.Resampling.BICUBIC, "area": Image.Resampling.BOX}


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--wallpapers", type=Path, required=True, help="folder of the JPEG files of lomiri-wallpapers-16.04")
    parser.add_argument("--model", type=Path, default=HERE / "upscale-photo-x2.onnx")
    return parser.parse_args()


def photographs(wallpapers: Path) -> dict[str, Image.Image]:
    of_skimage, of_sklearn = Path(skimage.__file__).parent / "data", Path(sklearn.__file__).parent / "datasets/images"
    files = [of_skimage / "coffee.png", of_skimage / "chelsea.png", of_sklearn / "china.jpg", of_sklearn / "flower.jpg"]
    pictures = {file.stem: Image.open(file).convert("RGB") for file in files}
    for name in WALLPAPERS:
        photograph = Image.open(wallpapers / name).convert("RGB")
        size = (photograph.width // WALLPAPER_SHRINK, photograph.height // WALLPAPER_SHRINK)
        pictures[name.split("_")[0]] = photograph.resize(size, Image.Resampling.LANCZOS)
    return {name: picture.crop((0, 0, picture.width // 2 * 2, picture.height // 2 * 2)) for name, picture in pictures.items()}


def to_bytes(values: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(values, 0, 255)).astype(np.uint8)


def lanczos_matrix(size: int) -> np.ndarray:
    """[2 size, size]: Lanczos-3 weights as packages/media has them, those beyond the border left out."""
    centres = (np.arange(2 * size)[:, None] + 0.5) / 2
    distance = np.arange(size)[None] + 0.5 - centres
    weights = np.sinc(distance) * np.sinc(distance / LOBES) * (np.abs(distance) < LOBES)
    return weights / weights.sum(1, keepdims=True)


def by_lanczos(small: Image.Image) -> np.ndarray:
    rows, columns = lanczos_matrix(small.height), lanczos_matrix(small.width)
    return to_bytes(np.einsum("yh,hwc,xw->yxc", rows, np.asarray(small, dtype=float), columns, optimize=True))


def by_bicubic(small: Image.Image) -> np.ndarray:
    return np.asarray(small.resize((small.width * 2, small.height * 2), Image.Resampling.BICUBIC))


def by_network(session: onnxruntime.InferenceSession, small: Image.Image) -> np.ndarray:
    planes = np.asarray(small, dtype=np.float32).transpose(2, 0, 1)[None] / 255
    return to_bytes(session.run(None, {"image": planes})[0][0].transpose(1, 2, 0) * 255)


def psnr_and_ssim(original: np.ndarray, doubled: np.ndarray) -> tuple[float, float]:
    inner = slice(BORDER, -BORDER)
    pair = (original[inner, inner], doubled[inner, inner])
    settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    return peak_signal_noise_ratio(*pair), structural_similarity(*pair, channel_axis=2, **settings)


def main() -> None:
    arguments = read_arguments()
    session = onnxruntime.InferenceSession(arguments.model)
    methods = {"network": lambda small: by_network(session, small), "Lanczos": by_lanczos, "bicubic": by_bicubic}
    pictures = photographs(arguments.wallpapers)
    for halving, kernel in HALVINGS.items():
        print(f"\nhalved by {halving}\n| photograph | {' | '.join(methods)} | gain over Lanczos |\n| --- | --- | --- | --- | --- |")
        gains = []
        for name, picture in pictures.items():
            small = picture.resize((picture.width // 2, picture.height // 2), kernel)
            scores = [psnr_and_ssim(np.asarray(picture), double(small)) for double in methods.values()]
            gains.append(scores[0][0] - scores[1][0])
            cells = " | ".join(f"{psnr:.2f} dB, {ssim:.4f}" for psnr, ssim in scores)
            print(f"| {name}, {picture.width} x {picture.height} | {cells} | {gains[-1]:+.2f} dB |")
        print(f"| mean | | | | {np.mean(gains):+.2f} dB |")


if __name__ == "__main__":
    main()
