"""``anomalib:NAME``: names and settings, scores equal to anomalib's own, fits that come back to the bit."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from driving import CASE_FILE, WITH_BASELINES
from PIL import Image
from real_data import mvtec

torch = pytest.importorskip("torch", reason="the baselines extra is not installed: make test-baselines")
pytest.importorskip("anomalib", reason="the baselines extra is not installed: make test-baselines")

import anomalib.models.image
from anomalib.data import ImageBatch, ImageItem
from anomalib.engine import Engine
from anomalib.models import AnomalibModule
from huggingface_hub import constants as hub
from torch.utils.data import DataLoader
from torchvision.transforms.v2 import CenterCrop, Compose, Resize

from baselines import anomalib_sizes
from baselines.anomalib_detector import AnomalibDetector
from baselines.anomalib_hub import noting_backbones
from baselines.anomalib_kinds import FACTS
from baselines.anomalib_models import open_anomalib
from baselines.anomalib_recipe import Recipe
from baselines.anomalib_training import pixels
from baselines.scoring import quiet
from iad_eval.errors import ModelError, UsageError
from iad_eval.identity import FileDigests
from iad_eval.pixels import read_image
from iad_eval.predictors import ModelContext
from iad_eval.settings import DetectorSettings
from iad_eval.words import Json

Table = Mapping[str, Json]
PADIM: Table = {"random_weights": True, "side_px": 32}
PATCHCORE: Table = {"random_weights": True, "side_px": 32, "backbone": "resnet18"}
STFPM: Table = {"random_weights": True, "side_px": 32, "steps": 2, "batch": 4}


def pictures(count: int, seed: int = 7) -> list[Image.Image]:
    """RGB noise of 48 x 40 pixels."""
    draws = np.random.default_rng(seed)
    return [Image.fromarray(draws.integers(0, 256, (40, 48, 3), dtype=np.uint8)) for _ in range(count)]


def context(folder: Path, seed: int = 0, **changes: Any) -> ModelContext:
    return ModelContext(folder, seed, FileDigests(), read_image, detectors=DetectorSettings("cpu", **changes))


def detector(name: str, table: Table, folder: Path, seed: int = 0, **changes: Any) -> AnomalibDetector:
    model = getattr(anomalib.models.image, name)
    return AnomalibDetector(Recipe.of(f"anomalib:{name}", model, table), context(folder, seed, **changes))


def opened(name: str, folder: Path, table: Table | None = None) -> Any:
    given = ModelContext(folder, 0, FileDigests(), read_image, recipes={name: table or {}})
    return open_anomalib(name, given)


def test_every_image_model_has_its_facts() -> None:
    classes = {
        name
        for name, each in vars(anomalib.models.image).items()
        if isinstance(each, type) and issubclass(each, AnomalibModule)
    }
    assert classes == set(FACTS)


def test_models_are_found_whatever_the_case_and_near_names_are_offered(tmp_path: Path) -> None:
    assert opened("anomalib:PatchCORE", tmp_path).describe()["model"] == "Patchcore"
    with pytest.raises(UsageError, match="Did you mean 'Patchcore'"):
        opened("anomalib:Patchcor", tmp_path)
    with pytest.raises(ModelError, match="is a model for videos"):
        opened("anomalib:AiVad", tmp_path)
    with pytest.raises(ModelError, match="depth maps"):
        opened("anomalib:CFM", tmp_path)


def test_settings_are_the_constructors_and_ours(tmp_path: Path) -> None:
    described = opened("anomalib:Patchcore", tmp_path, {"num_neighbors": 3, "side_px": [64, 96]}).describe()
    assert (described["num_neighbors"], described["side_px"]) == (3, [64, 96])
    assert described["backbone"] == "wide_resnet50_2"
    assert described["layers"] == ["layer2", "layer3"]
    for table, expected in (
        ({"num_neighbours": 3}, "Did you mean 'num_neighbors'"),
        ({"folds": 1}, "folds takes 0"),
        ({"side_px": 3}, "side_px takes a whole number from 16 on"),
        ({"scope": "nothing"}, 'scope takes "class" or "dataset"'),
        ({"batch": 0}, "batch takes a whole number from 1 on"),
    ):
        with pytest.raises(UsageError, match=expected):
            opened("anomalib:Patchcore", tmp_path, table)


def test_training_scores_of_what_memorises_are_cross_validated(tmp_path: Path) -> None:
    assert detector("Patchcore", PATCHCORE, tmp_path).folds == 5
    assert detector("Patchcore", {**PATCHCORE, "folds": 0}, tmp_path).folds == 0
    assert detector("Stfpm", STFPM, tmp_path).folds == 0
    assert detector("Stfpm", STFPM, tmp_path).learns_from == "class"
    assert detector("Dinomaly", {}, tmp_path).learns_from == "dataset"
    assert detector("Dinomaly", {"scope": "class"}, tmp_path).learns_from == "class"


@pytest.mark.parametrize(("name", "table"), [("Padim", PADIM), ("Patchcore", PATCHCORE), ("Stfpm", STFPM)])
def test_a_restored_fit_scores_as_the_fresh_one_to_the_bit(name: str, table: Table, tmp_path: Path) -> None:
    recipe = detector(name, table, tmp_path)
    fresh = recipe.fit(pictures(8))
    np.savez(tmp_path / "fit.npz", **fresh.arrays())  # type: ignore[arg-type]  # no name is an option's
    with np.load(tmp_path / "fit.npz", allow_pickle=False) as file:
        arrays = {key: file[key] for key in file.files}
    frozen = "teacher_model" if name == "Stfpm" else "feature_extractor"
    assert not any(frozen in key for key in arrays)  # what is not learnt is not kept
    shown = pictures(3, seed=9)
    restored = recipe.restore(arrays)
    for one, other in zip(fresh.scores(shown), restored.scores(shown), strict=True):
        assert one.score == other.score
        assert one.anomaly_map is not None
        assert other.anomaly_map is not None
        assert np.array_equal(one.anomaly_map, other.anomaly_map)
        assert one.anomaly_map.shape == (40, 48)
    with pytest.raises(ValueError, match="the untrained model is another one"):
        detector(name, table, tmp_path, seed=1).restore(arrays)
    with pytest.raises(KeyError):
        recipe.restore({})
    digest = next(key for key in arrays if "digest" in key)
    with pytest.raises(KeyError):
        recipe.restore({digest: arrays[digest], "float32 no.such.tensor": np.zeros(1)})


@pytest.mark.parametrize(("name", "table"), [("Padim", PADIM), ("Patchcore", PATCHCORE)])
def test_scores_are_those_of_anomalibs_own_prediction(
    name: str, table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[Any] = []
    own = AnomalibDetector.trained

    def trained(self: AnomalibDetector, images: Sequence[Image.Image]) -> Any:
        found = own(self, images)
        kept.append(found[0])
        return found

    monkeypatch.setattr(AnomalibDetector, "trained", trained)
    fit = detector(name, table, tmp_path).fit(pictures(8))
    shown = pictures(5, seed=9)
    module = kept[0]
    module.post_processor = None
    items = [ImageItem(image=pixels(image).float() / 255) for image in shown]
    with quiet():
        engine = Engine(default_root_dir=tmp_path, accelerator="cpu", enable_progress_bar=False)
        predicted = engine.predict(
            model=module, dataloaders=DataLoader(items, batch_size=5, collate_fn=ImageBatch.collate)
        )
    assert predicted is not None
    theirs = predicted[0].pred_score.flatten().tolist()
    assert [scored.score for scored in fit.scores(shown)] == theirs


def test_a_missing_backbone_names_its_file_and_what_to_type(tmp_path: Path) -> None:
    before = hub.HF_HUB_OFFLINE
    table = {"backbone": "convnext_zepto_rms"}
    with pytest.raises(ModelError) as caught:
        detector("Patchcore", table, tmp_path).fit(pictures(2))
    text = str(caught.value)
    assert "model.safetensors of timm/convnext_zepto_rms" in text
    assert "--iad-download" in text
    assert "random_weights = true" in text
    assert before == hub.HF_HUB_OFFLINE


def test_what_anomalib_refuses_is_said_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot construct Patchcore"):
        detector("Patchcore", {**PATCHCORE, "backbone": "no_such_backbone"}, tmp_path).fit(pictures(2))
    with pytest.raises(ModelError, match="448 x 448 pixels only"):
        anomalib_sizes.require_size(
            _Module(Compose([Resize((448, 448))])), Recipe.of("anomalib:Uflow", anomalib.models.Uflow, PADIM)
        )


def test_the_map_of_a_centre_crop_lies_where_it_was_cut() -> None:
    box = anomalib_sizes.box_of(Compose([Resize((448, 448)), CenterCrop(392)]))
    assert box((896, 448)) == (56, 28, 840, 420)
    assert anomalib_sizes.box_of(Compose([Resize((448, 448))])) is None
    short = anomalib_sizes.box_of(Compose([Resize([200]), CenterCrop(100)]))
    assert short((800, 400)) == (300, 100, 500, 300)


def test_a_checkpoint_of_anomalibs_stands_for_training(tmp_path: Path) -> None:
    with quiet(), noting_backbones(True, []):
        module = anomalib.models.Stfpm(
            pre_processor=anomalib.models.Stfpm.configure_pre_processor((48, 32)), visualizer=False
        )
        engine = Engine(default_root_dir=tmp_path, accelerator="cpu", enable_progress_bar=False)
        engine._setup_trainer(module)
        engine.trainer.strategy.connect(module)
        path = tmp_path / "bottle.ckpt"
        engine.trainer.save_checkpoint(path)
    table = {"weights": str(tmp_path / "{class_name}.ckpt")}
    predictor = opened("anomalib:Stfpm", tmp_path, table)
    recipe = predictor._detectors.of("mvtec", "bottle")
    assert recipe.learns_from == "nothing"
    fit = recipe.fit(())
    shown = pictures(2)
    with torch.inference_mode():
        stacked = torch.stack([module.pre_processor.transform(pixels(each).float() / 255) for each in shown])
        theirs = module.eval().model(stacked).pred_score.flatten().tolist()
    assert stacked.shape == (2, 3, 48, 32)  # its own size, not anomalib's default
    assert [scored.score for scored in fit.scores(shown)] == theirs
    with pytest.raises(ModelError, match=r"cap\.ckpt"):
        predictor._detectors.of("mvtec", "cap").settings()
    with pytest.raises(ModelError, match="does not fit PatchcoreModel"):
        detector("Patchcore", {**PATCHCORE, "weights": str(path)}, tmp_path).fit(())


def test_efficient_ad_is_trained_beside_photographs_of_other_things(tmp_path: Path) -> None:
    table: Table = {"random_weights": True, "side_px": 256, "steps": 2, "model_size": "small"}
    with pytest.raises(ModelError, match="--iad-weights imagenette=FOLDER, or type --iad-download"):
        detector("EfficientAd", table, tmp_path).fit(pictures(2))
    folder = tmp_path / "others" / "tench"
    folder.mkdir(parents=True)
    for number, image in enumerate(pictures(2, seed=4)):
        image.save(folder / f"{number}.png")
    weights = (("imagenette", tmp_path / "others"),)
    fit = detector("EfficientAd", table, tmp_path, weights=weights).fit(pictures(2))
    assert np.isfinite(fit.score(pictures(1)[0]).score)
    assert any("quantiles" in key for key in fit.arrays())


def test_bottles_go_through_the_whole_matrix(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    photographs = mvtec()
    root = Path(__file__).parents[2]
    monkeypatch.setenv("PYTHONPATH", str(root))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    pytester.makepyfile(test_cases=CASE_FILE)
    pytester.makeconftest(WITH_BASELINES)
    recipes = pytester.path / "detectors.toml"
    recipes.write_text(
        '["anomalib:Padim"]\nrandom_weights = true\nside_px = 64\nfolds = 2\n'
        '["anomalib:Patchcore"]\nrandom_weights = true\nside_px = 64\nfolds = 2\nbackbone = "resnet18"\n'
    )
    models = ("--iad-model", "anomalib:Padim", "--iad-model", "anomalib:Patchcore")
    ran = pytester.runpytest_subprocess(
        *("--iad-dataset", f"mvtec:{photographs}", *models, "--iad-detectors", recipes),
        *("--iad-device", "cpu", "--iad-run", "run", "-p", "no:xdist"),
    )
    ran.assert_outcomes(passed=8)
    summary = json.loads((pytester.path / "run" / "summary.json").read_text())
    assert summary["completeness"] == {"asked": 664, "observed": 664, "unreadable": 0, "failed": 0}
    rows = [
        row
        for row in summary["rows"]
        if row["class_name"] == "bottle" and row["perturbation"] == "original" and row["headline"]
    ]
    assert {row["model"] for row in rows} == {"anomalib:Padim", "anomalib:Patchcore"}
    assert all(row["auroc"] >= 0.7 for row in rows)  # random features tell broken bottles all the same


class _Module:
    """What is looked at of a module before it is used: its pre-processor."""

    def __init__(self, transform: Any) -> None:
        self.pre_processor = self
        self.transform = transform
