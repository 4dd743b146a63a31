"""GLASS's backbone: one for all classes, from a file that its user has or drawn from a seed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from torchvision.models import Wide_ResNet50_2_Weights

from baselines.anomalib_training import seeded
from baselines.checkpoints import load_exactly, read, tensors
from baselines.devices import release
from baselines.glass_network import Build, backbone, probe, used
from baselines.recipes import whole
from baselines.weights import Published, find, sha256
from iad_eval.errors import ModelError
from iad_eval.predictors import ModelContext
from iad_eval.words import Json

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


class GlassBackbone:
    """What all classes share: name, session, recipe, and a network that is loaded once."""

    def __init__(self, name: str, context: ModelContext, recipe: Mapping[str, Json]) -> None:
        self.name = name
        self.context = context
        self.recipe = recipe
        self._network: Any = None

    def build(self) -> Build:
        """What the recipe says about the network."""
        return Build(
            side_px=whole(self.recipe, "side_px"),
            backbone=str(self.recipe["backbone"]),
            features=whole(self.recipe, "features"),
            hidden=whole(self.recipe, "hidden"),
        )

    def identity(self) -> Json:
        """Its file's SHA-256, or the seed it is drawn from. Raises ModelError where the file is missing."""
        if self.recipe["random_weights"]:
            return f"random, seed {self.context.seed}"
        return sha256(self._file(), self.context)

    def on(self, device: Any) -> Any:
        """The backbone on the device, loaded once; raises ModelError for a file that does not fit."""
        if self._network is None:
            build = self.build()
            with seeded(self.context.seed):
                network = backbone(build)
            if not self.recipe["random_weights"]:
                file = self._file()
                load_exactly(network, used(tensors(read(file), file)), file)
            probe(network, build.side_px)
            self._network = network.to(device)
        return self._network

    def close(self) -> None:
        """Gives back the network."""
        self._network = None
        release()

    def _file(self) -> Path:
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
