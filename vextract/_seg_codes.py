"""PaliGemma's masks: sixteen codes of a vector-quantised autoencoder, decoded to 64 x 64 pixels.

The decoder's weights are no part of the model; they are a file of a few megabytes, `vae-oid.npz` of big_vision, that the user
names. Nothing is downloaded here.

Source: `evaluators/proj/paligemma/transfers/segmentation.py` of github.com/google-research/big_vision for the layers, and
arxiv.org/abs/2301.02229 for how they were trained.
"""

import functools
import zipfile
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vextract.errors import DependencyError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CODES", "decoded"]

CODES = 16
"""So many codes, each 0..127, make a mask: 4 x 4 cells, row by row."""

_SIDE = 4
_HINT = (
    "set paligemma_masks to the file vae-oid.npz, which Google publishes as gs://big_vision/paligemma/vae-oid.npz and in the "
    "Hugging Face space google/paligemma-hf"
)
_BLOCKS = ("decoder.2.net", "decoder.3.net")
_UPSCALING = ("decoder.4", "decoder.6", "decoder.8", "decoder.10")
_WEIGHTS: Mapping[str, tuple[int, ...]] = {
    "decoder.0": (128, 512, 1, 1),
    **{f"{block}.{i}": (128, 128, side, side) for block in _BLOCKS for i, side in ((0, 3), (2, 3), (4, 1))},
    "decoder.4": (128, 128, 4, 4),
    "decoder.6": (128, 64, 4, 4),
    "decoder.8": (64, 32, 4, 4),
    "decoder.10": (32, 16, 4, 4),
    "decoder.12": (1, 16, 1, 1),
}
"""The shape of each layer's weights, as PyTorch has them: out x in x rows x columns, or in x out where it makes things larger."""
_SHAPES: Mapping[str, tuple[int, ...]] = {
    "_vq_vae._embedding": (128, 512),
    **{f"{layer}.weight": shape for layer, shape in _WEIGHTS.items()},
    **{f"{layer}.bias": (shape[layer in _UPSCALING],) for layer, shape in _WEIGHTS.items()},
}


def decoded(codes: Sequence[int], weights: str | None) -> "NDArray[Any]":
    """The mask of sixteen codes, 64 x 64 float32: above 0 where the object is, about -1 to 1.

    Args:
        codes: each 0..127.
        weights: path of the decoder's weights; None: not set.

    Raises:
        DependencyError: the weights are not set, not there, or not those of this decoder.
    """
    if weights is None:
        raise DependencyError("PaliGemma's masks need the weights of their decoder", _HINT)
    tensors = _load(weights)
    cells = tensors["_vq_vae._embedding"][list(codes)]
    values = cells.reshape(_SIDE, _SIDE, -1).transpose(2, 0, 1)
    values = _rectified(_convolved(values, tensors, "decoder.0"))
    for block in _BLOCKS:
        inner = _rectified(_convolved(values, tensors, f"{block}.0"))
        inner = _rectified(_convolved(inner, tensors, f"{block}.2"))
        values = values + _convolved(inner, tensors, f"{block}.4")
    for layer in _UPSCALING:
        values = _rectified(_upscaled(values, tensors, layer))
    mask: NDArray[Any] = _convolved(values, tensors, "decoder.12")[0]
    return mask


@functools.lru_cache(maxsize=2)
def _load(path: str) -> Mapping[str, "NDArray[Any]"]:
    import numpy as np

    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            tensors = {name: np.asarray(file[name], np.float32) for name in _SHAPES}
    except (OSError, ValueError, KeyError, TypeError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise DependencyError(f"cannot read the decoder of PaliGemma's masks from {path!r}: {error}", _HINT) from error
    if wrong := next((name for name, shape in _SHAPES.items() if tensors[name].shape != shape), None):
        raise DependencyError(
            f"{path!r} is no decoder of PaliGemma's masks: {wrong!r} is {tensors[wrong].shape!r}, not {_SHAPES[wrong]!r}",
            _HINT,
        )
    return tensors


def _rectified(values: "NDArray[Any]") -> "NDArray[Any]":
    import numpy as np

    result: NDArray[Any] = np.maximum(values, 0)
    return result


def _convolved(values: "NDArray[Any]", tensors: Mapping[str, "NDArray[Any]"], layer: str) -> "NDArray[Any]":
    """A convolution, stride 1, that keeps the size: values are channels x height x width, weights out x in x rows x columns."""
    import numpy as np

    weight, bias = tensors[f"{layer}.weight"], tensors[f"{layer}.bias"]
    margin = weight.shape[2] // 2
    padded = np.pad(values, ((0, 0), (margin, margin), (margin, margin)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2:], axis=(1, 2))
    result: NDArray[Any] = np.einsum("chwrk,ocrk->ohw", windows, weight, optimize=True) + bias[:, None, None]
    return result


def _upscaled(values: "NDArray[Any]", tensors: Mapping[str, "NDArray[Any]"], layer: str) -> "NDArray[Any]":
    """A transposed convolution, 4 x 4, stride 2, padding 1, that doubles the size; weights are in x out x rows x columns."""
    import numpy as np

    weight, bias = tensors[f"{layer}.weight"], tensors[f"{layer}.bias"]
    _, height, width = values.shape
    spread = np.zeros((weight.shape[1], 2 * height + 2, 2 * width + 2), np.float32)
    for row in range(4):
        for column in range(4):
            part = np.einsum("chw,co->ohw", values, weight[:, :, row, column], optimize=True)
            spread[:, row : row + 2 * height : 2, column : column + 2 * width : 2] += part
    result: NDArray[Any] = spread[:, 1:-1, 1:-1] + bias[:, None, None]
    return result
