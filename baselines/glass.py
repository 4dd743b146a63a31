"""``glass``: GLASS as its authors publish it, or trained here where they publish no checkpoint.

Chen et al., ECCV 2024; on anomalib's module. Files (``docs/reproduce.md`` says where they come from):

* ``glass/wide_resnet50_2-95faca4d.pth``: torchvision's first ImageNet weights, for every class;
* ``glass/{dataset}_{class}/ckpt_best_*.pth``: the authors' checkpoint of a class, laid out as their
  ``results/models/backbone_0``. They publish those of MVTec-AD. A class without one is trained.

A checkpoint was kept from the epoch that did best *on the test set*; training here looks at no test image.

The table ``[glass]`` of ``--iad-detectors FILE.toml`` (defaults are the authors')::

    checkpoints = true         # false: train every class, whatever checkpoints there are
    epochs = 640               # each of at most images_per_epoch images and one batch's rest
    steps = 0                  # above 0: so many steps of the optimiser instead of epochs
    batch = 8                  # images in a training step
    score_batch = 0            # images judged at once; 0: what suits the device
    images_per_epoch = 392
    learning_rate = 1e-4
    ascent_steps = 20          # of the gradient ascent that makes global anomalies
    svd = 0                    # 1: around a hypersphere's centre. The authors choose per class, from a table
    textures = ""              # a folder of DTD's images (dtd/images); "": Perlin noise without textures
    side_px = 288
    backbone = "wide_resnet50_2"  # another residual network of timm wants backbone_file
    backbone_file = ""         # instead of torchvision's file; of torchvision's or timm's key names
    random_weights = false     # true: no file is read, the backbone is drawn from the session's seed
    features = 1536            # width of a patch's description
    hidden = 1024              # width of the discriminator
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torchvision.models import Wide_ResNet50_2_Weights

from baselines.anomalib_training import seeded, train
from baselines.checkpoints import load_exactly, read, section, tensors
from baselines.devices import device, release
from baselines.glass_network import (
    Build,
    arrays,
    backbone,
    box,
    head,
    judge,
    module,
    picture,
    pixels,
    probe,
    steps_of,
    textures_from_pillow,
    used,
)
from baselines.glass_recipe import DEFAULTS, checked, listing
from baselines.recipes import settings_of, whole
from baselines.scoring import NetworkFit
from baselines.weights import Published, find, find_or_none, sha256
from iad_eval.errors import ModelError
from iad_eval.predictors import ModelContext, Predictor
from iad_eval.predictors.trained import TrainedPredictor
from iad_eval.predictors.trained_detector import Detector, Fitted, Learns
from iad_eval.words import Json

VERSION: Final = 1
"""Grows whenever the score of the same pixels changes."""

BACKBONE: Final = Published(
    key="glass_backbone",
    place="glass/wide_resnet50_2-95faca4d.pth",
    what="GLASS's backbone, torchvision's Wide ResNet-50-2 (IMAGENET1K_V1)",
    authors="the PyTorch project",
    size="132 MB",
    licence="BSD-3-Clause",
    sha256="95faca4d",
    url=Wide_ResNet50_2_Weights.IMAGENET1K_V1.url,
)

CHECKPOINT: Final = Published(
    key="glass",
    place="glass/{dataset}_{class_name}/ckpt_best_*.pth",
    what="GLASS's checkpoint of a class",
    authors="its authors, linked from https://github.com/cqylunlun/GLASS",
    size="16 MB",
    licence="MIT",
)

NOTE: Final = (
    "The published checkpoints of GLASS were selected on the test set: of 640 epochs the one with the best "
    "test AUROC was kept. Results from them are optimistic; classes trained here keep the last epoch"
)

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
_CLOSER: Final = {"toothbrush": 329 / 288, "wood": 329 / 288}
"""Classes of MVTec-AD that the authors enlarge before cropping."""


def open_glass(name: str, context: ModelContext) -> Predictor:
    """GLASS as a model of the session. Raises UsageError for a recipe that cannot be followed."""
    return TrainedPredictor(GlassDetectors(name, context), context)


class GlassDetectors:
    """A checkpoint for each class that has one, the recipe for the others; one backbone for all."""

    def __init__(self, name: str, context: ModelContext) -> None:
        self.name = name
        self.context = context
        self.recipe = checked(settings_of(context.recipe(name), DEFAULTS, name))
        self._known: dict[tuple[str, str], Glass] = {}
        self._backbone: Any = None

    def of(self, dataset: str, class_name: str) -> Detector:
        """Raises ModelError where ``--iad-weights`` names a place that does not exist."""
        if (dataset, class_name) not in self._known:
            checkpoint = (
                find_or_none(CHECKPOINT, self.context, dataset=dataset, class_name=class_name)
                if self.looks_for_checkpoints
                else None
            )
            closer = _CLOSER.get(class_name, 1.0) if dataset == "mvtec" else 1.0
            self._known[dataset, class_name] = Glass(self, class_name, checkpoint, closer)
        return self._known[dataset, class_name]

    def describe(self) -> Mapping[str, Json]:
        """The recipe, and what is to be known about published checkpoints.

        Raises ModelError for a missing backbone: no class can do without it.
        """
        return {
            "version": VERSION,
            "recipe": dict(self.recipe),
            "backbone": self.backbone_identity(),
            **({"note": NOTE} if self.looks_for_checkpoints else {}),
        }

    def close(self) -> None:
        """Gives back the backbone."""
        self._backbone = None
        release()

    @property
    def looks_for_checkpoints(self) -> bool:
        """Whether published checkpoints stand for the classes that have one."""
        return bool(self.recipe["checkpoints"]) and not self.recipe["random_weights"]

    def build(self) -> Build:
        """What the recipe says about the network."""
        return Build(
            side_px=whole(self.recipe, "side_px"),
            backbone=str(self.recipe["backbone"]),
            features=whole(self.recipe, "features"),
            hidden=whole(self.recipe, "hidden"),
        )

    def backbone_identity(self) -> Json:
        """Its file's SHA-256, or the seed it is drawn from. Raises ModelError where the file is missing."""
        if self.recipe["random_weights"]:
            return f"random, seed {self.context.seed}"
        return sha256(self._backbone_file(), self.context)

    def backbone(self, device: Any) -> Any:
        """The backbone on the device, loaded once; raises ModelError for a file that does not fit."""
        if self._backbone is None:
            build = self.build()
            with seeded(self.context.seed):
                network = backbone(build)
            if not self.recipe["random_weights"]:
                file = self._backbone_file()
                load_exactly(network, used(tensors(read(file), file)), file)
            probe(network, build.side_px)
            self._backbone = network.to(device)
        return self._backbone

    def _backbone_file(self) -> Path:
        if not self.recipe["backbone_file"]:
            return find(BACKBONE, self.context)
        file = Path(str(self.recipe["backbone_file"])).expanduser()
        said = re.search(r"-([0-9a-f]{8,64})\.\w+$", file.name)  # as torch's hub names its files
        if said and not (found := sha256(file, self.context)).startswith(said[1]):
            raise ModelError(
                f"{file} is not what its name says: its SHA-256 begins with {found[: len(said[1])]}, "
                f"not with {said[1]}. Download it again"
            )
        return file


class Glass:
    """GLASS for one class: its checkpoint, or its training."""

    folds: int = 0

    def __init__(
        self, shared: GlassDetectors, class_name: str, checkpoint: Path | None, closer: float
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
            "backbone": [recipe["backbone"], self._shared.backbone_identity()],
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
        network = self._shared.backbone(place)
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
