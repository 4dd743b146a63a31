"""GLASS for one class: as its authors' checkpoint has it, or trained here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from baselines.anomalib_training import seeded, train
from baselines.checkpoints import load_exactly, read, section
from baselines.devices import device
from baselines.glass_backbone import GlassBackbone
from baselines.glass_network import (
    arrays,
    box,
    head,
    judge,
    module,
    picture,
    pixels,
    steps_of,
    textures_from_pillow,
)
from baselines.glass_recipe import listing
from baselines.recipes import whole
from baselines.scoring import NetworkFit
from baselines.weights import sha256
from iad_eval.errors import ModelError
from iad_eval.predictors.trained_detector import Fitted, Learns
from iad_eval.words import Json

VERSION: Final = 1
"""Grows whenever the score of the same pixels changes."""

_FOR_TRAINING: Final = (
    "epochs",
    "steps",
    "batch",
    "images_per_epoch",
    "learning_rate",
    "ascent_steps",
    "svd",
)
_OPTIMISERS: Final = 2  # the discriminator's and the projection's: Lightning counts each one's steps


class Glass:
    """GLASS for one class: its checkpoint, or its training."""

    folds: int = 0

    def __init__(
        self, shared: GlassBackbone, class_name: str, checkpoint: Path | None, closer: float
    ) -> None:
        self.name = shared.name
        self.learns_from: Learns = "class" if checkpoint is None else "nothing"
        self._shared = shared
        self._class_name = class_name
        self._checkpoint = checkpoint
        side = whole(shared.recipe, "side_px")
        self._resize_px = round(side * closer)

    def settings(self) -> Mapping[str, Json]:
        """Weights by their SHA-256, sizes, how it is trained; raises ModelError for missing weights."""
        recipe = self._shared.recipe
        made: dict[str, Json] = {
            "version": VERSION,
            "backbone": [recipe["backbone"], self._shared.identity()],
            "resize_px": self._resize_px,
            **{key: recipe[key] for key in ("side_px", "features", "hidden")},
        }
        if self._checkpoint is not None:
            digest = sha256(self._checkpoint, self._shared.context)
            return {**made, "checkpoint": digest, "selected_on": "test set"}

        return {
            **made,
            "anomalib": version("anomalib"),
            "seed": self._shared.context.seed,
            "textures": listing(str(recipe["textures"])),
            **{key: recipe[key] for key in _FOR_TRAINING},
        }

    def fit(self, images: Sequence[Image.Image]) -> Fitted:
        """Loads the checkpoint, or trains through anomalib; raises ModelError where neither can be done."""
        place = device(self._shared.context)
        if self._checkpoint is None:
            return self._fitted(self._trained(images, place), place)

        contents = read(self._checkpoint)
        model = self._module(place).model
        parts = head(model)
        if unknown := contents.keys() - parts.keys():
            raise ModelError(
                f"{self._checkpoint} holds {', '.join(sorted(map(str, unknown)))} besides "
                f"{' and '.join(parts)}: is it a checkpoint of GLASS?"
            )
        for part, trained in parts.items():
            load_exactly(trained, section(contents, part, self._checkpoint), f"{self._checkpoint} ({part})")
        return self._fitted(model, place)

    def restore(self, arrays: Mapping[str, NDArray[np.generic]]) -> Fitted:
        """A fit from what was trained; raises ValueError for arrays of another make."""
        if self._checkpoint is not None:
            return self.fit(())

        place = device(self._shared.context)
        model = self._module(place).model
        given = {name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}
        try:
            load_exactly(torch.nn.ModuleDict(head(model)), given, "a kept fit")
        except ModelError as error:
            raise ValueError(str(error)) from error
        return self._fitted(model, place)

    def _trained(self, images: Sequence[Image.Image], place: Any) -> Any:
        recipe = self._shared.recipe
        batch = whole(recipe, "batch")
        steps = whole(recipe, "steps") or steps_of(
            len(images), batch, whole(recipe, "epochs"), whole(recipe, "images_per_epoch")
        )
        module = self._module(place)
        context = self._shared.context
        with textures_from_pillow():
            train(
                module,
                images,
                self._picture,
                device=place,
                steps=_OPTIMISERS * steps,
                batch=batch,
                seed=context.seed,
                progress=lambda text: context.progress(f"{self.name}, {self._class_name}: {text}"),
            )
        return module.model

    def _module(self, place: Any) -> Any:
        recipe = self._shared.recipe
        network = self._shared.on(place)
        with seeded(self._shared.context.seed):
            return module(
                self._shared.build(),
                network,
                learning_rate=recipe["learning_rate"],
                step=recipe["ascent_steps"],
                svd=recipe["svd"],
                anomaly_source_path=recipe["textures"] or None,
            ).to(place)

    def _fitted(self, model: Any, place: Any) -> Fitted:
        side = whole(self._shared.recipe, "side_px")
        kept = {} if self._checkpoint is not None else arrays(model)
        return NetworkFit(
            self._picture,
            lambda batch: judge(model, batch),
            place,
            batch=whole(self._shared.recipe, "score_batch"),
            box_of=lambda size: box(size, self._resize_px, side),
            arrays=lambda: kept,
        )

    def _picture(self, image: Image.Image) -> Any:
        return pixels(picture(image, self._resize_px, whole(self._shared.recipe, "side_px")))
