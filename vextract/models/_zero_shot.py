"""Models that only say how well texts fit a picture, CLIP and its kin: no words of their own, but measured probabilities."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vextract.errors import UsageError
from vextract.models import Connection
from vextract.models._loading import Place, local_folder, open_config, opened, place_for
from vextract.models._processor import decoded
from vextract.models._worker import Job, Worker
from vextract.requests import Picture, Request, Response

__all__ = ["TYPES", "ClipModel"]

TYPES = frozenset({"align", "altclip", "chinese_clip", "clip", "metaclip_2", "siglip", "siglip2"})
"""Kinds of models, as their config.json says."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A model in memory."""

    network: Any
    processor: Any
    place: Place


class ClipModel:
    """A model that weighs labels; see `vextract.models.ZeroShot`. It is loaded when it is first needed."""

    def __init__(self, connection: Connection) -> None:
        self.name = str(connection.name)
        self.profile = connection.profile
        self.dialect = connection.profile.dialect or "llguidance"
        self.address: str | None = None
        self._source = connection.name.model
        self._timeout_s = connection.timeout_s
        self._worker = Worker(self.name)
        self._loaded: _Loaded | None = None

    async def answer(self, _request: Request, _on_text: Callable[[str], None] | None = None) -> Response:
        """Nothing but UsageError: it has no words."""
        raise UsageError(f"{self.name} answers no questions", "use it with `vextract classify --labels`")

    async def zero_shot(
        self, labels: Sequence[str], picture: Picture, options: Mapping[str, Any] | None = None
    ) -> tuple[float, ...]:
        """The probability of each label among all of them, in their order; they add up to 1.

        Args:
            labels: texts as they would stand below the picture.
            picture: what they are to fit.
            options: `device`, `download` and the like, which count when the model is loaded.
        """
        if not labels:
            raise UsageError("there are no labels to choose from", "name some with --labels")
        if self._loaded is None:
            await self._worker.run(lambda _: self._load(options or {}))
        return await self._worker.run(lambda job: self._weighed(labels, picture, job), self._timeout_s)

    async def close(self) -> None:
        """Gives the memory back."""
        await self._worker.close()
        if self._loaded is not None:
            place, self._loaded = self._loaded.place, None
            place.free()

    def _load(self, options: Mapping[str, Any]) -> None:
        from transformers import AutoModel, AutoProcessor

        folder = local_folder(self._source, options)
        with opened(self.name):
            open_config(folder, trusted=False)
            place = place_for(options)
            network = place.put(AutoModel, folder, trusted=False)
            self._loaded = _Loaded(network, AutoProcessor.from_pretrained(folder), place)

    def _weighed(self, labels: Sequence[str], picture: Picture, _job: Job) -> tuple[float, ...]:
        import torch

        loaded = self._loaded
        assert loaded is not None
        # SigLIP was taught with texts of one length only.
        padding = "max_length" if "siglip" in loaded.network.config.model_type else True
        inputs = loaded.processor(
            text=list(labels),
            images=[decoded(picture)],
            padding=padding,
            truncation=True,
            max_length=loaded.network.config.text_config.max_position_embeddings,
            return_tensors="pt",
        ).to(loaded.network.device, dtype=loaded.network.dtype)
        with torch.inference_mode(), loaded.place.enough_memory(self.name):
            scores = loaded.network(**inputs).logits_per_image[0]
        return tuple(scores.double().softmax(-1).tolist())
