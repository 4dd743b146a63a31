"""What the suite costs a trained detector, beside anomalib's own ``Engine.predict``.

    python benchmarks/detectors.py
    python benchmarks/detectors.py --model anomalib:Patchcore --device cuda --images 200

Fits one of anomalib's models to a drawn class twice, with one seed and so to the same weights: through
the suite, and as anomalib's own module. Then both score the same decoded photographs in turns:
``suite`` as a session does (``TrainedPredictor.predict`` over a ``Stream`` of views, maps laid on the
photographs), ``anomalib`` through ``Engine.predict``, images resized one by one as anomalib's data
modules do it, post-processor and visualizer off. Each has its own default batch: ``--batch`` changes
anomalib's, ``--set score_batch=N`` the suite's. Both ways are warm; decoding is timed in neither.
Expected: the suite at least as fast, the scores the same.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("TQDM_DISABLE", "1")  # read when tqdm is first imported
sys.path.insert(0, str(Path(__file__).parents[1]))  # the baselines are no part of the package

import anomalib.models
import torch
from anomalib.data import ImageBatch, ImageItem
from anomalib.engine import Engine
from engine_overhead import Spread
from lightning.pytorch.strategies import SingleDeviceStrategy
from machine import gpu_names, versions
from PIL import Image
from torch.utils.data import DataLoader

from baselines import ENTRIES
from baselines.anomalib_detector import AnomalibDetector
from baselines.anomalib_recipe import Recipe
from baselines.anomalib_training import grid_of
from baselines.devices import device
from baselines.scoring import quiet
from iad_eval.asks import Ask, Asking
from iad_eval.identity import FileDigests
from iad_eval.photographs import Photographs
from iad_eval.pixels import read_image
from iad_eval.predictors import ModelContext, Predictor, Reply
from iad_eval.predictors.trained_images import TrainingImages
from iad_eval.settings import DetectorSettings, Settings
from iad_eval.stream import Stream
from iad_eval.suite import Registered, Suite
from iad_eval.words import ORIGINAL, Json

AIM = 1.0
WAYS = ("suite", "anomalib")
MODELS = ("anomalib:Padim", "anomalib:Patchcore")


@dataclass(frozen=True, slots=True)
class Took:
    """One way, once: the score of each photograph in its order, and how long all took."""

    seconds: float
    scores: tuple[float, ...]

    @property
    def rate(self) -> float:
        """Images a second."""
        return len(self.scores) / self.seconds


def options(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", action="append", help=f"repeatable; default: {' and '.join(MODELS)}")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=JSON", help="a setting of the model"
    )
    parser.add_argument("--class", dest="class_name", default="hex_nut", help="a drawn class")
    parser.add_argument("--batch", type=int, default=32, help="anomalib's; its data modules have 32")
    parser.add_argument("--images", type=int, default=64, help="how many photographs are scored")
    parser.add_argument("--device", default="auto", help="as --iad-device takes it")
    parser.add_argument("--turns", type=int, default=5, help="how often each way is measured")
    parser.add_argument("--cache", type=Path, default=Path(".iad_cache"), help="where drawn classes are kept")
    return parser.parse_args(words)


def main() -> None:
    chosen = options()
    print(f"$ {' '.join([Path(sys.executable).name, *sys.argv])}")
    print(f"machine: {os.cpu_count()} cores, {platform.machine()}, GPU: {gpu_names()}; {versions()}")
    print(f"torch uses {torch.get_num_threads()} threads, anomalib {anomalib.__version__}")
    for name in chosen.model or MODELS:
        _print(name, measured(name, chosen))


def measured(name: str, chosen: argparse.Namespace) -> dict[str, list[Took]]:
    """Both ways in turns, after one turn that is not timed."""
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        chosen.cache.mkdir(parents=True, exist_ok=True)
        (chosen.cache / "synthetic").mkdir(exist_ok=True)
        (cache / "synthetic").symlink_to((chosen.cache / "synthetic").resolve())
        recipe = _recipe(name, chosen.set)
        settings = Settings(
            classes=(chosen.class_name,),
            models=(name,),
            perturbations=(ORIGINAL,),
            cache=cache,
            detectors=DetectorSettings(chosen.device),
        )
        digests = FileDigests()
        context = ModelContext(
            cache, settings.seed, digests, read_image, detectors=settings.detectors, recipes={name: recipe}
        )
        suite = Suite(settings, Registered(ENTRIES))
        asking = Asking(suite.datasets, suite.perturbations, None, digests)
        model = suite.models[name].open(name, context)
        asks = asking.asks(suite.cases[0], model)[: chosen.images]
        photographs = Photographs(room=1 << 40)
        images = [photographs.view(ask).image for ask in asks]
        module = _trained(name, recipe, asks, context)
        predict = _Predict(module, images, chosen.batch, device(context))
        took: dict[str, list[Took]] = {way: [] for way in WAYS}
        for turn in range(chosen.turns + 1):
            for way in WAYS if turn % 2 else WAYS[::-1]:
                once = _through_the_suite(model, asks, photographs) if way == "suite" else predict()
                if turn:
                    took[way].append(once)
        model.close()
    return took


def _recipe(name: str, typed: Sequence[str]) -> dict[str, Json]:
    """Random weights: nothing need be downloaded, and a network takes as long with any."""
    recipe: dict[str, Json] = {"random_weights": True}
    if name in MODELS:
        recipe["backbone"] = "resnet18"
    if name == "anomalib:Patchcore":
        recipe["coreset_sampling_ratio"] = 0.002  # selecting more takes minutes, and is not what is timed
    return {**recipe, **{key: json.loads(value) for key, _, value in (each.partition("=") for each in typed)}}


def _trained(name: str, recipe: dict[str, Json], asks: Sequence[Ask], context: ModelContext) -> Any:
    """anomalib's module, trained on what the suite's is trained on."""
    paths = sorted((sample.image_path for sample in asks[0].siblings.train), key=context.digests)
    kind = getattr(anomalib.models, name.partition(":")[2])
    detector = AnomalibDetector(Recipe.of(name, kind, recipe), context)
    module, _ = detector.trained(TrainingImages(paths, read_image))
    return module.eval()


def _through_the_suite(model: Predictor, asks: Sequence[Ask], photographs: Photographs) -> Took:
    replies: list[Reply | str] = []
    stream = Stream(model, photographs.view, lambda ask, reply: replies.append(reply))
    stream.want(asks)
    begun = time.perf_counter()
    stream.run_until(lambda: len(replies) == len(asks))
    seconds = time.perf_counter() - begun
    stream.close()
    return Took(seconds, tuple(_score(reply) for reply in replies))


def _score(reply: Reply | str) -> float:
    if isinstance(reply, str) or reply.score is None:
        raise SystemExit(f"a photograph was not scored: {reply if isinstance(reply, str) else reply.error}")
    return reply.score


class _Predict:
    """``Engine.predict`` over decoded images."""

    def __init__(self, module: Any, images: Sequence[Image.Image], batch: int, on: torch.device) -> None:
        module.post_processor = None
        self._module = module
        self._data = DataLoader(_Items(images, module), batch_size=batch, collate_fn=ImageBatch.collate)
        self._folder = tempfile.TemporaryDirectory()
        self._engine = Engine(
            default_root_dir=self._folder.name,
            strategy=SingleDeviceStrategy(device=on),
            accelerator="gpu" if on.type == "cuda" else on.type,
            devices=1,
            logger=False,
            enable_progress_bar=False,
        )

    def __call__(self) -> Took:
        with quiet():
            begun = time.perf_counter()
            batches = self._engine.predict(model=self._module, dataloaders=self._data)
            scores = [score for batch in batches or () for score in batch.pred_score.flatten().tolist()]
            seconds = time.perf_counter() - begun
        return Took(seconds, tuple(scores))


class _Items:
    """What anomalib's own data sets give, but for the decoding."""

    def __init__(self, images: Sequence[Image.Image], module: Any) -> None:
        self._images = images
        self._prepare = grid_of(module, None)

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> Any:
        return ImageItem(image=self._prepare(self._images[index]))


def _print(name: str, took: dict[str, list[Took]]) -> None:
    size = len(took["suite"][0].scores)
    print(f"\n{name}: {size} images, median of {len(took['suite'])} turns (least to most)", flush=True)
    for way, turns in took.items():
        print(f"  {way:10}{Spread.of([each.rate for each in turns])!s:>28} images/s")
    pairs = list(zip(took["suite"], took["anomalib"], strict=True))
    ratio = Spread.of([ours.rate / theirs.rate for ours, theirs in pairs])
    apart = max(abs(a - b) for ours, theirs in pairs for a, b in zip(ours.scores, theirs.scores, strict=True))
    met = "met" if ratio.middle >= AIM else "NOT met"
    print(f"  suite / anomalib: {ratio}; at least {AIM} is expected: {met}")
    print(f"  scores differ by {apart:.1e} at most")


if __name__ == "__main__":
    main()
