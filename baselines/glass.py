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

from collections.abc import Mapping
from typing import Final

from baselines.glass_backbone import GlassBackbone
from baselines.glass_detector import VERSION, Glass
from baselines.glass_recipe import DEFAULTS, checked
from baselines.recipes import settings_of
from baselines.weights import Published, find_or_none
from iad_eval.predictors import ModelContext, Predictor
from iad_eval.predictors.trained import TrainedPredictor
from iad_eval.predictors.trained_detector import Detector
from iad_eval.words import Json

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

_CLOSER: Final = {"toothbrush": 329 / 288, "wood": 329 / 288}
"""Classes of MVTec-AD that the authors enlarge before cropping."""


def open_glass(name: str, context: ModelContext) -> Predictor:
    """GLASS as a model of the session. Raises UsageError for a recipe that cannot be followed."""
    return TrainedPredictor(GlassDetectors(name, context), context)


class GlassDetectors:
    """A checkpoint for each class that has one, the recipe for the others; one backbone for all."""

    def __init__(self, name: str, context: ModelContext) -> None:
        self.name = name
        recipe = checked(settings_of(context.recipe(name), DEFAULTS, name))
        self.shared = GlassBackbone(name, context, recipe)
        self._known: dict[tuple[str, str], Glass] = {}

    def of(self, dataset: str, class_name: str) -> Detector:
        """Raises ModelError where ``--iad-weights`` names a place that does not exist."""
        if (dataset, class_name) not in self._known:
            checkpoint = (
                find_or_none(CHECKPOINT, self.shared.context, dataset=dataset, class_name=class_name)
                if self.looks_for_checkpoints
                else None
            )
            closer = _CLOSER.get(class_name, 1.0) if dataset == "mvtec" else 1.0
            self._known[dataset, class_name] = Glass(self.shared, class_name, checkpoint, closer)
        return self._known[dataset, class_name]

    def describe(self) -> Mapping[str, Json]:
        """The recipe, and what is to be known about published checkpoints.

        Raises ModelError for a missing backbone: no class can do without it.
        """
        return {
            "version": VERSION,
            "recipe": dict(self.shared.recipe),
            "backbone": self.shared.identity(),
            **({"note": NOTE} if self.looks_for_checkpoints else {}),
        }

    def close(self) -> None:
        """Gives back the backbone."""
        self.shared.close()

    @property
    def looks_for_checkpoints(self) -> bool:
        """Whether published checkpoints stand for the classes that have one."""
        recipe = self.shared.recipe
        return bool(recipe["checkpoints"]) and not recipe["random_weights"]
