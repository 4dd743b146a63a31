"""One of anomalib's image models: trained by anomalib, scored by its bare network."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, cast

import torch
from anomalib.utils.serialization import anomalib_safe_globals
from PIL import Image

from baselines import checkpoints, weights
from baselines.anomalib_folders import folders
from baselines.anomalib_hub import noting_backbones, offline, wanted_in_vain
from baselines.anomalib_recipe import Recipe
from baselines.anomalib_sizes import box_of, require_size
from baselines.anomalib_state import (
    DIGEST,
    Arrays,
    changed,
    digest_of_all,
    digests_of,
    filled,
    lay_out,
    put,
    tensor_of,
)
from baselines.anomalib_training import GoodImages, grid_of, pixels, seeded, train
from baselines.devices import device
from baselines.scoring import NetworkFit, quiet
from iad_eval.errors import IadError, ModelError
from iad_eval.predictors import ModelContext
from iad_eval.predictors.trained_detector import Learns
from iad_eval.words import Json

VERSION: Final = 1
"""Grows whenever the score of the same pixels changes."""

_HELD_OUT: Final = 10  # EfficientAd's quantiles are taken from every tenth training image, as its authors do


class AnomalibDetector:
    """One of anomalib's models as a :class:`iad_eval.predictors.trained_detector.Detector`."""

    def __init__(self, recipe: Recipe, context: ModelContext, checkpoint: str = "") -> None:
        self.name = recipe.name
        self.learns_from: Learns = recipe.scope
        self.folds = recipe.folds
        self._recipe = recipe
        self._context = context
        self._checkpoint = Path(checkpoint or recipe.weights).expanduser() if recipe.weights else None

    def settings(self) -> Mapping[str, Json]:
        """Every setting, the versions of anomalib and timm, and the digest of a checkpoint."""
        settings: dict[str, Json] = {
            "version": VERSION,
            "anomalib": version("anomalib"),
            "timm": version("timm"),
            "model": self._recipe.model.__name__,
            **self._recipe.all_settings,
            "seed": self._context.seed,
        }
        del settings["folds"], settings["weights"]
        if self._checkpoint is not None:
            settings["weights_sha256"] = weights.sha256(self._checkpoint, self._context)
        return settings

    def fit(self, images: Sequence[Image.Image]) -> NetworkFit:
        """Trains on RGB images; loads the checkpoint where there is one. Raises ModelError."""
        module, before = self.trained(images)
        return self._scoring(module, before)

    def trained(self, images: Sequence[Image.Image]) -> tuple[Any, Mapping[str, str] | None]:
        """anomalib's module, trained or loaded, and the digests of what it was before it was trained."""
        if self._checkpoint is not None:
            return self._loaded(self._checkpoint), None
        module = self._untrained()
        before = digests_of(module.model)
        recipe = self._recipe
        if recipe.scope != "nothing":
            with self._loading(f"train {recipe.model.__name__}"):
                if recipe.random_weights and hasattr(module, "prepare_pretrained_model"):
                    module.prepare_pretrained_model = _nothing
                train(
                    module,
                    images,
                    device=self._device,
                    steps=recipe.steps,
                    epochs=recipe.epochs,
                    batch=recipe.batch,
                    seed=self._context.seed,
                    progress=self._say,
                )
                self._finish(module, images)
            lay_out(module.model)
        return module, before

    def restore(self, arrays: Arrays) -> NetworkFit:
        """The fit that gave these arrays.

        Raises KeyError or ValueError for arrays of another model, or where the untrained model is no
        longer what it was: another backbone's weights came out of the hub.
        """
        module = self._untrained()
        before = digests_of(module.model)
        if str(arrays[DIGEST]) != digest_of_all(before):
            raise ValueError("the untrained model is another one")
        with torch.no_grad():
            for key in arrays.keys() - {DIGEST}:
                put(module.model, *tensor_of(key, arrays[key]))
        return self._scoring(module, before)

    @property
    def _device(self) -> torch.device:
        return device(self._context)

    def _say(self, text: str) -> None:
        self._context.progress(f"{self.name} learns: {text}")

    def _untrained(self) -> Any:
        """A new module: the same one every time."""
        recipe = self._recipe
        arguments: dict[str, Any] = {**recipe.arguments, **folders(recipe, self._context)}
        with self._loading(f"construct {recipe.model.__name__}"), seeded(self._context.seed), filled():
            return self._constructed(arguments)

    def _constructed(self, arguments: Mapping[str, Any]) -> Any:
        recipe = self._recipe
        if recipe.side is not None:
            own = inspect.signature(recipe.model.configure_pre_processor).parameters
            sizes: dict[str, Any] = {"image_size": recipe.side}
            if "crop_size" in own:  # ViTs with 14 pixel patches: as anomalib crops 392 out of 448
                sizes["crop_size"] = recipe.crop or min(recipe.side) * 7 // 8 // 14 * 14
            elif "center_crop_size" in own and recipe.crop is not None:
                sizes["center_crop_size"] = (recipe.crop, recipe.crop)
            arguments = {"pre_processor": recipe.model.configure_pre_processor(**sizes), **arguments}
            if "input_shape" in inspect.signature(recipe.model).parameters:
                arguments = {"input_shape": recipe.side, **arguments}
        module = recipe.model(**arguments, evaluator=False, visualizer=False)
        require_size(module, recipe)
        return module.to(self._device)

    def _loaded(self, path: Path) -> Any:
        """A module as one of anomalib's own checkpoints describes it, where the table says nothing else."""
        recipe = self._recipe
        extra: Sequence[Any] = recipe.model.checkpoint_safe_globals()
        with anomalib_safe_globals(extra):
            contents = checkpoints.read(path)
        state = checkpoints.section(contents, "state_dict", path)
        known = inspect.signature(recipe.model).parameters
        theirs = {key: value for key, value in contents.get("hyper_parameters", {}).items() if key in known}
        arguments = {**theirs, **recipe.arguments}
        with self._loading(f"construct {recipe.model.__name__} as {path} wants it", random=True):
            module = self._constructed(arguments)
        config = contents.get("anomalib_pre_processor_config")
        if config is not None and recipe.side is None and module.pre_processor:
            module.pre_processor.load_checkpoint_config(config)
        inner = {
            key.removeprefix("model."): value for key, value in state.items() if key.startswith("model.")
        }
        for key, buffer in dict(module.model.named_buffers()).items():
            if key in inner and inner[key].shape != buffer.shape:
                put(module.model, key, inner[key])
        checkpoints.load_exactly(module.model, inner, path)
        return module

    def _finish(self, module: Any, images: Sequence[Image.Image]) -> None:
        """Brings EfficientAd's two maps to one scale by good images, of which anomalib has its own."""
        if not hasattr(module, "map_norm_quantiles"):
            return
        some = [images[number] for number in range(0, len(images), _HELD_OUT)]
        with torch.inference_mode(False), torch.no_grad(), quiet():
            loader = GoodImages(some, grid_of(module, None)).loader(1, shuffled=False)
            module.model.quantiles.update(module.map_norm_quantiles(loader))
        module.to(self._device)

    def _scoring(self, module: Any, before: Mapping[str, str] | None) -> NetworkFit:
        transform = module.pre_processor.transform if module.pre_processor else None
        network = module.to(self._device).eval().model

        def prepare(image: Image.Image) -> torch.Tensor:
            tensor = pixels(image).to(torch.float32) / 255
            return cast(torch.Tensor, tensor if transform is None else transform(tensor))

        def judge(shown: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
            try:
                found = network(shown)
            except torch.OutOfMemoryError:
                raise
            except Exception as error:
                raise _failed(f"score with {type(module).__name__}", self.name, error) from error
            if found.pred_score is None:
                raise ModelError(f"{self.name} gives no scores: choose another model with --iad-model")
            where = found.anomaly_map
            return found.pred_score.flatten(), None if where is None else where.reshape(-1, *where.shape[-2:])

        def arrays() -> Arrays:
            return {} if before is None or self.learns_from == "nothing" else changed(network, before)

        return NetworkFit(
            prepare,
            judge,
            self._device,
            batch=self._recipe.score_batch,
            box_of=box_of(transform),
            arrays=arrays,
        )

    @contextlib.contextmanager
    def _loading(self, doing: str, random: bool = False) -> Iterator[None]:
        """Within it nothing is downloaded without leave, and what goes wrong becomes a ModelError."""
        may_download = self._context.detectors.may_download
        asked: list[str] = []
        with quiet(), noting_backbones(random or self._recipe.random_weights, asked), offline(may_download):
            try:
                yield
            except (IadError, torch.OutOfMemoryError):
                raise
            except Exception as error:
                if wanted := wanted_in_vain(error, asked):
                    raise ModelError(
                        f"{self.name} is built on {wanted}, which is not on this machine: type "
                        "--iad-download to have it downloaded, or set random_weights = true in its table of "
                        "--iad-detectors to try the model without (its scores then mean little)"
                    ) from error
                raise _failed(doing, self.name, error) from error


def _failed(doing: str, name: str, error: Exception) -> ModelError:
    first = (str(error).strip().splitlines() or [""])[0][:300]
    return ModelError(
        f"anomalib {version('anomalib')} cannot {doing}: {type(error).__name__}: {first}. Change the "
        f"settings of {name} with --iad-detectors FILE.toml, or choose another model with --iad-model"
    )


def _nothing() -> None:
    """In the place of a download: the weights stay as they were drawn."""
