"""The photographs to learn from, and random pairs of a small patch and what it was made from."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from network import RADIUS, SCALE

# Debian's lomiri-wallpapers-16.04, those under CC-BY-4.0 or CC0-1.0 (README.md names the authors).
WALLPAPERS = [
    "Picture_0B_by_freespace.jpg",
    "Picture_1A_by_freespace.jpg",
    "Wine_by_Jakkub_Mede.jpg",
    "aitzgorri_by_Aitzol_Berasategi.jpg",
    "friends_by_Aitzol_Berasategi.jpg",
    "life_by_Aitzol_Berasategi.jpg",
    "picosdeeuropa_by_Aitzol_Berasategi.jpg",
    "seeding_by_Clements_Engelhardt.jpg",
    "sunset_by_Aitzol_Berasategi.jpg",
]
# Sample data of scikit-image in the public domain or under CC0.
SAMPLES = ["astronaut.png", "rocket.jpg", "brick.png", "grass.png", "gravel.png"]

# Cameras blur and JPEG rounds: pictures are shrunk before they count as sharp.
SHRINKS = (2, 3, 4)
# How the small picture is made: mostly as the papers do, so that the network fits no single kernel.
KERNELS = ((Image.Resampling.BICUBIC, 0.7), (Image.Resampling.BOX, 0.2), (Image.Resampling.LANCZOS, 0.1))
JPEG_SHARE = 0.15
JPEG_QUALITIES = (85, 91, 97)


def sharp_pictures(wallpapers: Path, samples: Path) -> list[Image.Image]:
    pictures = [Image.open(samples / name).convert("RGB") for name in SAMPLES]
    for name in WALLPAPERS:
        photograph = Image.open(wallpapers / name).convert("RGB")
        sizes = [(photograph.width // shrink, photograph.height // shrink) for shrink in SHRINKS]
        pictures += [photograph.resize(size, Image.Resampling.LANCZOS) for size in sizes]
    return [picture.crop((0, 0, picture.width // SCALE * SCALE, picture.height // SCALE * SCALE)) for picture in pictures]


def through_jpeg(picture: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def shrunk(picture: Image.Image, kernel: Image.Resampling) -> Image.Image:
    return picture.resize((picture.width // SCALE, picture.height // SCALE), kernel)


class TrainingPairs:
    """All small pictures are made once; patches are cut from them at random, turned and mirrored."""

    def __init__(self, pictures: list[Image.Image], seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.large = [np.asarray(picture) for picture in pictures]
        areas = np.array([picture.width * picture.height for picture in pictures], dtype=float)
        self.picture_odds = areas / areas.sum()
        self.kernel_odds = [odds for _, odds in KERNELS]
        self.clean, self.jpeg = [], []
        for picture in pictures:
            small = [shrunk(picture, kernel) for kernel, _ in KERNELS]
            self.clean.append([np.asarray(image) for image in small])
            self.jpeg.append([np.asarray(through_jpeg(small[0], quality)) for quality in JPEG_QUALITIES])

    def small_of(self, index: int) -> np.ndarray:
        if self.random.random() < JPEG_SHARE:
            return self.jpeg[index][self.random.integers(len(JPEG_QUALITIES))]
        return self.clean[index][self.random.choice(len(KERNELS), p=self.kernel_odds)]

    def lively_patch(self, side: int) -> tuple[np.ndarray, np.ndarray]:
        """The one with more in it of two: skies teach little."""
        return max((self.patch(side) for _ in range(2)), key=lambda pair: pair[0][::2, ::2].std())

    def patch(self, side: int) -> tuple[np.ndarray, np.ndarray]:
        """A small patch of side + 2 RADIUS and the large one of its middle."""
        index = self.random.choice(len(self.large), p=self.picture_odds)
        small = self.small_of(index)
        seen = side + 2 * RADIUS
        top, left = (self.random.integers(length - seen + 1) for length in small.shape[:2])
        source = small[top : top + seen, left : left + seen]
        y, x = ((start + RADIUS) * SCALE for start in (top, left))
        target = self.large[index][y : y + side * SCALE, x : x + side * SCALE]
        turns, mirrored = self.random.integers(4), self.random.random() < 0.5
        return tuple(np.rot90(image[:, ::-1] if mirrored else image, turns) for image in (source, target))

    def batch(self, count: int, side: int) -> tuple[np.ndarray, np.ndarray]:
        """[N, 3, H, W] float32 from 0 to 1: what the network sees, and what it should answer."""
        sources, targets = zip(*(self.lively_patch(side) for _ in range(count)))
        return tuple((np.stack(images).transpose(0, 3, 1, 2) / 255).astype(np.float32) for images in (sources, targets))
