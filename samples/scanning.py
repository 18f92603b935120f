"""Make clean pictures look scanned, faxed or photographed, always in the same way for the same seed."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageDraw, ImageFilter

if TYPE_CHECKING:
    from collections.abc import Sequence

Point = tuple[float, float]


def _noise(size: tuple[int, int], seed: int, amplitude: float) -> Image.Image:
    """Return grey noise around 128, spread at most `amplitude` to either side."""
    rng = random.Random(seed)
    count = size[0] * size[1]
    first = Image.frombytes("L", size, rng.randbytes(count))
    second = Image.frombytes("L", size, rng.randbytes(count))
    mean = ImageChops.add(first, second, 2)
    return mean.point([round(128 + (level - 127.5) / 127.5 * amplitude) for level in range(256)])


def _add_noise(picture: Image.Image, seed: int, amplitude: float) -> Image.Image:
    noise = _noise(picture.size, seed, amplitude)
    if picture.mode == "RGB":
        noise = Image.merge("RGB", (noise, noise, noise))
    return ImageChops.add(picture, noise, 1, -128)


def _grain_mask(size: tuple[int, int], seed: int) -> Image.Image:
    """Return a mask of single grains, about one pixel in twenty."""
    chance = Image.frombytes("L", size, random.Random(seed).randbytes(size[0] * size[1]))
    return chance.point([255 if level < 13 else 0 for level in range(256)])


def scan(
    picture: Image.Image, *, seed: int, blur: float, noise: float, levels: int = 256, skew: float = 0
) -> Image.Image:
    """Return a grey scan: skewed by some degrees, soft, grainy, with as many grey levels as asked for."""
    grey = picture.convert("L")
    if skew:
        grey = grey.rotate(skew, Image.Resampling.BICUBIC, fillcolor=255)
    grey = grey.filter(ImageFilter.GaussianBlur(blur))
    grey = grey.point([round(22 + level * (255 - 22) / 255) for level in range(256)])
    grains = _add_noise(grey, seed, noise)
    grey.paste(grains, (0, 0), _grain_mask(grey.size, seed + 1))
    step = 255 / (levels - 1)
    return grey.point([round(round(level / step) * step) for level in range(256)])


def fax(picture: Image.Image, seed: int, specks: int) -> Image.Image:
    """Return a black and white picture with a few black specks."""
    soft = picture.convert("L").filter(ImageFilter.GaussianBlur(0.6))
    bilevel = soft.point([0 if level < 150 else 255 for level in range(256)])
    draw = ImageDraw.Draw(bilevel)
    rng = random.Random(seed)
    for _ in range(specks):
        x, y = rng.randrange(bilevel.width), rng.randrange(bilevel.height)
        draw.rectangle((x, y, x + rng.randrange(2), y + rng.randrange(2)), fill=0)
    return bilevel.convert("1", dither=Image.Dither.NONE)


def _solve(rows: list[list[float]]) -> list[float]:
    """Solve a system of linear equations given as rows of coefficients and right side (Gauss-Jordan)."""
    size = len(rows)
    for column in range(size):
        pivot = max(range(column, size), key=lambda index: abs(rows[index][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [value / rows[column][column] for value in rows[column]]
        for other in range(size):
            if other != column:
                factor = rows[other][column]
                rows[other] = [a - factor * b for a, b in zip(rows[other], rows[column], strict=True)]
    return [row[-1] for row in rows]


def _perspective(target: Sequence[Point], source: Sequence[Point]) -> list[float]:
    """Return the eight coefficients that lead from target corners back to source corners."""
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(target, source, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    return _solve(rows)


def _table_top(size: tuple[int, int], seed: int) -> Image.Image:
    """Return a wooden table: long streaks of brown."""
    streaks = _noise((size[0] // 9, 5), seed, 60).resize(size, Image.Resampling.BICUBIC)
    grain = _noise((size[0] // 2, 12), seed + 1, 24).resize(size, Image.Resampling.BICUBIC)
    wood = ImageChops.add(streaks, grain, 2)
    dark, bright = (78, 50, 30), (160, 116, 76)
    bands = [
        wood.point([round(d + (b - d) * level / 255) for level in range(256)])
        for d, b in zip(dark, bright, strict=True)
    ]
    return Image.merge("RGB", bands)


def _light(size: tuple[int, int]) -> Image.Image:
    """Return uneven light: a bright patch off centre that fades to the far corner."""
    wide = Image.radial_gradient("L").resize((size[0] * 2, size[1] * 2), Image.Resampling.BICUBIC)
    left, top = round(size[0] * 0.62), round(size[1] * 0.68)
    patch = wide.crop((left, top, left + size[0], top + size[1]))
    return patch.point([round(255 - 0.62 * level) for level in range(256)])


def photograph(paper: Image.Image, size: tuple[int, int], corners: Sequence[Point], seed: int) -> Image.Image:
    """Return a photo of a paper whose corners (from top left, clockwise) lie where given on a table."""
    width, height = paper.size
    coefficients = _perspective(corners, [(0, 0), (width, 0), (width, height), (0, height)])
    sheet = paper.convert("RGB").point([round(level * 0.96) for level in range(256)] * 3)
    shown = sheet.transform(size, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC)
    mask = Image.new("L", paper.size, 255).transform(
        size, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BILINEAR
    )
    shadow = ImageChops.offset(mask, 14, 18).filter(ImageFilter.GaussianBlur(14))
    scene = _table_top(size, seed)
    scene.paste((22, 14, 10), (0, 0), shadow.point([round(level * 0.6) for level in range(256)]))
    scene.paste(shown, (0, 0), mask.filter(ImageFilter.MinFilter(5)).filter(ImageFilter.GaussianBlur(1)))
    light = _light(size)
    warm = Image.merge(
        "RGB",
        (
            light,
            light.point([round(level * 0.97) for level in range(256)]),
            light.point([round(level * 0.9) for level in range(256)]),
        ),
    )
    lit = ImageChops.multiply(scene, warm).filter(ImageFilter.GaussianBlur(0.5))
    return _add_noise(lit, seed + 7, 18)
