"""``inp-former``: INP-Former from its authors' checkpoint of a dataset, or trained here.

Luo et al., CVPR 2025; on anomalib's module, repaired (``inp_former_network.py``). Files
(``docs/reproduce.md`` says where they come from):

* ``inp_former/{dataset}/model.pth``: the authors' multi-class checkpoint, one network for all classes
  of MVTec-AD or VisA. It brings its encoder;
* ``dinov2/dinov2_vitb14_reg4_pretrain.pth``, for training: DINOv2's ViT-B/14 with registers, as Meta
  publishes it, or as timm does (``vit_base_patch14_reg4_dinov2.lvd142m``, ``.safetensors``) where
  ``--iad-weights dinov2=PATH`` names that.

The table ``[inp-former]`` of ``--iad-detectors FILE.toml`` (defaults are the authors')::

    checkpoints = true         # false: train, whatever checkpoints there are
    scope = "dataset"          # trained on all classes at once; "class": a network for each class
    epochs = 200
    steps = 0                  # above 0: so many steps of the optimiser instead of epochs
    batch = 16                 # images in a training step
    score_batch = 0            # images judged at once; 0: what suits the device
    prototypes = 6
    resize_px = 448            # pictures are squashed to this square,
    side_px = 392              # and cropped to this one, a multiple of 14
    random_weights = false     # true: no file is read, the encoder is drawn from the session's seed
    encoder_blocks = 12        # the encoder's depth, width and attention heads: other ones than
    encoder_width = 768        # these are no DINOv2 that anybody publishes,
    encoder_heads = 12         # and are for trying out, with random_weights = true

A checkpoint is used where all sizes are the authors'. Kept fits hold what was
trained, not the encoder.
"""

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
from baselines.checkpoints import load_exactly, read, tensors
from baselines.devices import device, release
from baselines.inp_former_network import (
    Build,
    Network,
    arrays,
    box,
    empty,
    encoder,
    encoder_tensors,
    from_authors,
    judge,
    kept_names,
    picture,
    steps_of,
    trained,
)
from baselines.recipes import require_at_least, settings_of, whole
from baselines.scoring import NetworkFit
from baselines.weights import Published, find, find_or_none, sha256
from iad_eval.errors import ModelError, UsageError
from iad_eval.predictors import ModelContext, Predictor
from iad_eval.predictors.trained import TrainedPredictor
from iad_eval.predictors.trained_detector import Detector, Fitted, Learns
from iad_eval.words import Json

VERSION: Final = 1
"""Grows whenever the score of the same pixels changes."""

CHECKPOINT: Final = Published(
    key="inp_former",
    place="inp_former/{dataset}/model.pth",
    what="INP-Former's multi-class checkpoint of a dataset",
    authors="its authors, linked from https://github.com/luow23/INP-Former",
    size="620 MB",
    licence="MIT",
)

ENCODER: Final = Published(
    key="dinov2",
    place="dinov2/dinov2_vitb14_reg4_pretrain.pth",
    what="INP-Former's encoder, DINOv2's ViT-B/14 with registers",
    authors="Meta",
    size="346 MB",
    licence="Apache-2.0",
    url="https://dl.fbaipublicfiles.com/dinov2/dinov2_vitb14/dinov2_vitb14_reg4_pretrain.pth",
)

DEFAULTS: Final[Mapping[str, Json]] = {
    "checkpoints": True,
    "scope": "dataset",
    "epochs": 200,
    "steps": 0,
    "batch": 16,
    "score_batch": 0,
    "prototypes": 6,
    "resize_px": 448,
    "side_px": 392,
    "random_weights": False,
    "encoder_blocks": 12,
    "encoder_width": 768,
    "encoder_heads": 12,
}

_LEAST: Final = {"epochs": 1, "steps": 0, "batch": 1, "score_batch": 0}
_SIZES: Final = ("resize_px", "side_px", "encoder_blocks", "encoder_width", "encoder_heads", "prototypes")
_FOR_TRAINING: Final = ("scope", "epochs", "steps", "batch")


def open_inp_former(name: str, context: ModelContext) -> Predictor:
    """INP-Former as a model of the session. Raises UsageError for a recipe that cannot be followed."""
    return TrainedPredictor(InpFormerDetectors(name, context), context)


class InpFormerDetectors:
    """A checkpoint for all classes of a dataset that has one; else the recipe, with one encoder for all."""

    def __init__(self, name: str, context: ModelContext) -> None:
        self.name = name
        self.context = context
        self.recipe = _checked(settings_of(context.recipe(name), DEFAULTS, name))
        sizes = (whole(self.recipe, key) for key in _SIZES)
        self.build = Build(*sizes)
        self._known: dict[tuple[str, str], InpFormer] = {}
        self._encoder: Any = None

    def of(self, dataset: str, class_name: str) -> Detector:
        """One for the dataset, or one for the class where the recipe's scope says so.

        Raises ModelError where ``--iad-weights`` names a place that does not exist.
        """
        if (dataset, "") not in self._known:
            sized_as_published = all(self.recipe[key] == DEFAULTS[key] for key in _SIZES)
            wanted = self.recipe["checkpoints"] and not self.recipe["random_weights"] and sized_as_published
            checkpoint = find_or_none(CHECKPOINT, self.context, dataset=dataset) if wanted else None
            self._known[dataset, ""] = InpFormer(self, dataset, checkpoint, "dataset")
        whole = self._known[dataset, ""]
        if whole.learns_from == "nothing" or self.recipe["scope"] == "dataset":
            return whole
        if (dataset, class_name) not in self._known:
            self._known[dataset, class_name] = InpFormer(self, class_name, None, "class")
        return self._known[dataset, class_name]

    def describe(self) -> Mapping[str, Json]:
        """The recipe."""
        return {"version": VERSION, "recipe": dict(self.recipe)}

    def close(self) -> None:
        """Gives back the encoder."""
        self._encoder = None
        release()

    def encoder_identity(self) -> Json:
        """Its file's SHA-256, or the seed it is drawn from. Raises ModelError where the file is missing."""
        if self.recipe["random_weights"]:
            return f"random, seed {self.context.seed}"
        return sha256(find(ENCODER, self.context), self.context)

    def encoder(self, device: Any) -> Any:
        """The encoder on the device, loaded once; raises ModelError for a file that does not fit."""
        if self._encoder is None:
            with seeded(self.context.seed):
                network = encoder(self.build)
            if not self.recipe["random_weights"]:
                file = find(ENCODER, self.context)
                load_exactly(network, encoder_tensors(tensors(read(file), file), self.build), file)
            self._encoder = network.to(device)
        return self._encoder


class InpFormer:
    """INP-Former for a dataset or a class: a checkpoint, or a training."""

    folds: int = 0

    def __init__(
        self, shared: InpFormerDetectors, of: str, checkpoint: Path | None, learns_from: Learns
    ) -> None:
        self.name = shared.name
        self.learns_from: Learns = learns_from if checkpoint is None else "nothing"
        self._shared = shared
        self._of = of
        self._checkpoint = checkpoint

    def settings(self) -> Mapping[str, Json]:
        """Weights by their SHA-256, sizes, how it is trained; raises ModelError for missing weights."""
        recipe = self._shared.recipe
        made: dict[str, Json] = {"version": VERSION, **{key: recipe[key] for key in _SIZES}}
        if self._checkpoint is not None:
            return {**made, "checkpoint": sha256(self._checkpoint, self._shared.context)}

        return {
            **made,
            "anomalib": version("anomalib"),
            "encoder": self._shared.encoder_identity(),
            "seed": self._shared.context.seed,
            **{key: recipe[key] for key in _FOR_TRAINING},
        }

    def fit(self, images: Sequence[Image.Image]) -> Fitted:
        """Loads the checkpoint, or trains through anomalib; raises ModelError where neither can be done."""
        place = device(self._shared.context)
        if self._checkpoint is None:
            return self._fitted(self._trained(images, place), place)

        build = self._shared.build
        given = tensors(read(self._checkpoint), self._checkpoint)
        model = empty(build)
        load_exactly(model, from_authors(given, build), self._checkpoint, kept_names(model))
        return self._fitted(model.to(place), place)

    def restore(self, arrays: Mapping[str, NDArray[np.generic]]) -> Fitted:
        """A fit from what was trained; raises ValueError for arrays of another make."""
        if self._checkpoint is not None:
            return self.fit(())

        place = device(self._shared.context)
        network = self._shared.encoder(place)
        model = Network(self._shared.build, lambda: network).model
        given = {name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}
        others = model.state_dict().keys() - trained(model).keys()
        try:
            load_exactly(model, given, "a kept fit", others)
        except ModelError as error:
            raise ValueError(str(error)) from error
        return self._fitted(model.to(place), place)

    def _trained(self, images: Sequence[Image.Image], place: Any) -> Any:
        recipe, context, build = self._shared.recipe, self._shared.context, self._shared.build
        batch = whole(recipe, "batch")
        steps = whole(recipe, "steps") or steps_of(len(images), batch, whole(recipe, "epochs"))
        network = self._shared.encoder(place)
        with seeded(context.seed):
            module = Network(build, lambda: network).to(place)
        train(
            module,
            images,
            lambda image: picture(image, build),
            device=place,
            steps=steps,
            batch=batch,
            seed=context.seed,
            progress=lambda text: context.progress(f"{self.name}, {self._of}: {text}"),
        )
        return module.model

    def _fitted(self, model: Any, place: Any) -> Fitted:
        build = self._shared.build
        kept = {} if self._checkpoint is not None else arrays(model)
        return NetworkFit(
            lambda image: picture(image, build),
            lambda batch: judge(model, batch),
            place,
            batch=whole(self._shared.recipe, "score_batch"),
            box_of=lambda size: box(size, build),
            arrays=lambda: kept,
        )


def _checked(recipe: dict[str, Json]) -> dict[str, Json]:
    require_at_least(recipe, _LEAST, "inp-former")
    if recipe["scope"] not in ("dataset", "class"):
        raise UsageError(
            f'--iad-detectors: inp-former\'s scope is "dataset" or "class", not {recipe["scope"]!r}'
        )
    if not recipe["random_weights"]:
        for key in ("encoder_blocks", "encoder_width", "encoder_heads"):
            if recipe[key] != DEFAULTS[key]:
                raise UsageError(
                    f"--iad-detectors: inp-former's {key} = {recipe[key]} is no published DINOv2 (that has "
                    f"{DEFAULTS[key]}); leave it out, or add random_weights = true to try things out"
                )
    return recipe
