"""What is to be known about anomalib's image models before they are fitted: one line of facts each.

Read from anomalib 2.7.0. ``memorises``: a training image is (nearly) in what is learnt, so that its own
score says nothing about new good images; then training scores are taken by cross-validation.
Lengths of training are those of anomalib's example configurations and model pages, where they
give one, else of the methods' authors; batches are anomalib's 32 unless a method asks for another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from iad_eval.predictors.trained_detector import Learns


@dataclass(frozen=True, slots=True)
class Kind:
    """One model's facts.

    ``because`` says why it memorises or does not. ``epochs`` and ``steps`` are both None for what passes
    over its images a fixed number of times. ``folders`` are arguments that take a folder of other
    people's images, which training needs, each with its key in :data:`FOLDERS`. ``unusable`` says
    why a model is not offered.
    """

    because: str
    memorises: bool = False
    scope: Learns = "class"
    epochs: int | None = None
    steps: int | None = None
    batch: int = 32
    folders: tuple[tuple[str, str], ...] = ()
    unusable: str = ""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of images that a method paints into good ones, or holds its student against."""

    what: str
    authors: str
    size: str
    licence: str


FOLDERS: Final[Mapping[str, Folder]] = MappingProxyType(
    {
        "imagenette": Folder(
            "Imagenette (photographs that EfficientAD's student must not learn to imitate)",
            "fast.ai, https://github.com/fastai/imagenette",
            "1.5 GB",
            "Apache-2.0 for the selection, ImageNet's terms for the photographs",
        ),
        "dtd": Folder(
            "the Describable Textures Dataset (painted into good images)",
            "the University of Oxford, https://www.robots.ox.ac.uk/~vgg/data/dtd",
            "600 MB",
            "for research",
        ),
    }
)

_BANK: Final = "keeps patches of the training images: each finds itself there, at distance 0"
_NETWORK: Final = "a network's weights; no image is kept"
_FLOW: Final = "a flow's weights; no image is kept"

FACTS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "AnomalyDINO": Kind(_BANK, memorises=True),
        "AnomalyVFM": Kind("learns nothing here: published weights for any object", scope="nothing"),
        "CFM": Kind(_NETWORK, unusable="it compares photographs with depth maps, which datasets here lack"),
        "Cfa": Kind("keeps the mean of all images' features, and a network that was drawn to it", epochs=30),
        "Cflow": Kind(_FLOW, epochs=50),
        "Csflow": Kind(_FLOW, epochs=240),
        "Dfkde": Kind("a density with a kernel at each training image", memorises=True),
        "Dfm": Kind(
            "a subspace of at most as many directions as there are images, mostly fewer than features: "
            "training images lie in it",
            memorises=True,
        ),
        "Dinomaly": Kind(_NETWORK, scope="dataset", steps=5000, batch=16),
        "Draem": Kind(_NETWORK, epochs=700, folders=(("dtd_dir", "dtd"),)),
        "Dsr": Kind(_NETWORK, epochs=700),
        "EfficientAd": Kind(_NETWORK, steps=70_000, batch=1, folders=(("imagenet_dir", "imagenette"),)),
        "Fastflow": Kind(_FLOW, epochs=500),
        "FoundAD": Kind(_NETWORK, epochs=100),
        "Fre": Kind(_NETWORK, epochs=220),
        "Ganomaly": Kind(_NETWORK, epochs=100),
        "GeneralAD": Kind(_NETWORK, epochs=160),
        "Glass": Kind(_NETWORK, epochs=100, batch=8),
        "InpFormer": Kind(_NETWORK, scope="dataset", epochs=200, batch=16),
        "L2BT": Kind(_NETWORK, epochs=50),
        "MHPatchcore": Kind(_BANK, memorises=True),
        "Padim": Kind(
            "a mean and a covariance of each place's features from about as many images as the features "
            "have dimensions: training images lie closer to them than new ones",
            memorises=True,
        ),
        "Patchcore": Kind(_BANK, memorises=True),
        "Patchflow": Kind(_FLOW, epochs=200),
        "Rad": Kind(_BANK, memorises=True),
        "ReverseDistillation": Kind(_NETWORK, epochs=200),
        "Stfpm": Kind(_NETWORK, epochs=100),
        "SuperADD": Kind(_BANK, memorises=True),
        "Supersimplenet": Kind(_NETWORK, epochs=300),
        "Uflow": Kind(_FLOW, epochs=200),
        "UniNet": Kind(_NETWORK, epochs=100),
        "VlmAd": Kind("learns nothing", unusable="it asks a chat model and has no scores; type vllm:NAME"),
        "WinClip": Kind(
            "compares with sentences",
            unusable="it is told the object's name in words, class by class, which anomalib takes from its "
            "own data modules, and wants open_clip before 2.26.1",
        ),
    }
)

UNKNOWN: Final = Kind("nothing is known about it here", epochs=100)
"""A model that anomalib got after 2.7.0."""


def kind_of(class_name: str) -> Kind:
    """The facts about one of anomalib's classes."""
    return FACTS.get(class_name, UNKNOWN)
