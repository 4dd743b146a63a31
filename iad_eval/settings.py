"""What the user asked for, as one frozen value; nothing below the plugin sees pytest's config."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from iad_eval.errors import UsageError
from iad_eval.limits import GateSettings
from iad_eval.profiles import PAPER, Profile
from iad_eval.words import Json

PAPER_PERTURBATIONS = ("original", "rotated", "padded", "timestamp")
DEFAULT_MODEL = "patch-knn"
DEFAULT_DATASET = "synthetic"

_DEVICES = re.compile(r"auto|[a-z]+(:\d+)?(,[a-z]+(:\d+)?)*")
_SPEC = re.compile(r"(?:(?P<alias>[A-Za-z0-9_.]+)=)?(?P<kind>[A-Za-z0-9_]+)(?::(?P<argument>.*))?")


@dataclass(frozen=True, slots=True)
class DatasetSpec:
    """``[ALIAS=]KIND[:ARGUMENT]`` as typed: ``mvtec:/data/mvtec``, ``parts=folder:photos``, ``synthetic``."""

    name: str
    kind: str
    argument: str | None
    base: Path = Path()

    @classmethod
    def parse(cls, text: str, base: Path = Path()) -> DatasetSpec:
        """A relative path is taken from ``base``. Raises UsageError where the text reads as no dataset."""
        match = _SPEC.fullmatch(text.strip())
        if match is None or match["argument"] == "":
            raise UsageError(
                f"dataset {text!r} does not read as NAME, NAME:PATH or ALIAS=NAME:PATH; "
                "type for example mvtec:data/mvtec"
            )
        return cls(match["alias"] or match["kind"], match["kind"], match["argument"], base)


@dataclass(frozen=True, slots=True)
class LvlmSettings:
    """How LVLMs are asked. ``endpoint`` is a server's URL ending in ``/v1``; None starts an engine here.

    ``changes`` are the user's to the profile, ``shots`` good photographs are shown first,
    ``uses_recorded`` says whether answers that came with a model may stand for it.
    """

    endpoint: str | None = None
    prompts: Path | None = None
    profile: Profile = PAPER
    changes: tuple[tuple[str, Json], ...] = ()
    shots: int = 1
    uses_recorded: bool = True

    def __post_init__(self) -> None:
        if self.shots < 1:
            raise UsageError(
                f"--iad-shots takes a whole number from 1 on, not {self.shots}; without references ask with "
                "--iad-protocol zeroshot"
            )


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """How trained detectors are run.

    ``device`` is ``auto``, ``cpu``, or devices of which each worker takes one: ``cuda:0,cuda:1``.
    ``weights`` are the places of weights by key (``glass``), "" the folder of all of them;
    ``recipes`` is a TOML file with a table of settings for each model.
    """

    device: str = "auto"
    weights: tuple[tuple[str, Path], ...] = ()
    may_download: bool = False
    recipes: Path | None = None

    def __post_init__(self) -> None:
        if not _DEVICES.fullmatch(self.device):
            raise UsageError(
                f"--iad-device takes auto, cpu, cuda, cuda:1, or several as in cuda:0,cuda:1, "
                f"not {self.device!r}"
            )


@dataclass(frozen=True, slots=True)
class Settings:
    """One session's choices. Empty tuples of classes and protocols mean all, and the model's default.

    ``makes_page`` says whether the session keeps pictures of its views and ends with a page and figures,
    ``repeats`` how often a model that draws its answers is asked about every view, ``gates`` what the run is
    compared with and held to.
    """

    datasets: tuple[DatasetSpec, ...] = (DatasetSpec(DEFAULT_DATASET, DEFAULT_DATASET, None),)
    classes: tuple[str, ...] = ()
    perturbations: tuple[str, ...] = PAPER_PERTURBATIONS
    models: tuple[str, ...] = (DEFAULT_MODEL,)
    protocols: tuple[str, ...] = ()
    limit: int | None = None
    seed: int = 0
    good: tuple[str, ...] = ("good",)
    cache: Path = field(default=Path(".iad_cache"))
    lvlm: LvlmSettings = field(default_factory=LvlmSettings)
    detectors: DetectorSettings = field(default_factory=DetectorSettings)
    makes_page: bool = True
    repeats: int = 1
    gates: GateSettings = field(default_factory=GateSettings)

    def __post_init__(self) -> None:
        names = [spec.name for spec in self.datasets]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise UsageError(
                f"two datasets are both called {twice[0]!r}; give each a name of its own: "
                f"--iad-dataset {twice[0]}2={twice[0]}:PATH"
            )
        if self.limit is not None and self.limit < 1:
            raise UsageError(f"--iad-limit takes a whole number from 1 on, not {self.limit}")
        if self.repeats < 1:
            raise UsageError(
                f"--iad-repeats takes a whole number from 1 on, not {self.repeats}; 1 asks each view once"
            )


def once(values: Iterable[str]) -> tuple[str, ...]:
    """The values in their order, each once, without surrounding blanks and empty ones."""
    return tuple(dict.fromkeys(value.strip() for value in values if value.strip()))
