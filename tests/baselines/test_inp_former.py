from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the baselines extra is not installed: make test-baselines")
pytest.importorskip("anomalib", reason="the baselines extra is not installed: make test-baselines")

import parity_originals
from PIL import Image
from random_weights import random_image, random_tensors

from baselines.anomalib_training import train
from baselines.inp_former import InpFormer, InpFormerDetectors
from baselines.inp_former_network import Build, Network, box, encoder, encoder_tensors, picture
from baselines.scoring import on_image
from iad_eval.errors import ModelError, UsageError
from iad_eval.predictors import ModelContext
from iad_eval.predictors.trained_detector import Fitted, Scored
from iad_eval.settings import DetectorSettings
from iad_eval.words import Json

GOLDEN: Final = Path(__file__).with_name("golden") / "inp_former.json"
"""Numbers of the authors' code. Delete the file and run the parity test to have it written anew."""

IMAGES: Final = [random_image(5, (300, 300)), random_image(6, (420, 310))]
PIXELS: Final = ((0, 0), (40, 200), (150, 150), (270, 260))  # rows and columns of every image
SMALL: Final[Mapping[str, Json]] = {
    "random_weights": True,
    "resize_px": 64,
    "side_px": 56,
    "encoder_blocks": 3,
    "encoder_width": 48,
    "encoder_heads": 2,
    "steps": 3,
    "batch": 2,
}
WIDTH: Final = 768


def _linear(name: str, given: int, made: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (made, given), f"{name}.bias": (made,)}


def _norm(name: str) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (WIDTH,), f"{name}.bias": (WIDTH,)}


def _mlp(name: str) -> dict[str, tuple[int, ...]]:
    return {**_linear(f"{name}.fc1", WIDTH, 4 * WIDTH), **_linear(f"{name}.fc2", 4 * WIDTH, WIDTH)}


def _attended(name: str) -> dict[str, tuple[int, ...]]:
    return {
        **_norm(f"{name}.norm1"),
        **_linear(f"{name}.attn.q", WIDTH, WIDTH),
        **_linear(f"{name}.attn.kv", WIDTH, 2 * WIDTH),
        **_linear(f"{name}.attn.proj", WIDTH, WIDTH),
        **_norm(f"{name}.norm2"),
        **_mlp(f"{name}.mlp"),
    }


def _encoder() -> dict[str, tuple[int, ...]]:
    """Meta's names and shapes of ViT-B/14 with registers."""
    shapes: dict[str, tuple[int, ...]] = {
        "cls_token": (1, 1, WIDTH),
        "pos_embed": (1, 1370, WIDTH),
        "register_tokens": (1, 4, WIDTH),
        "mask_token": (1, WIDTH),
        "patch_embed.proj.weight": (WIDTH, 3, 14, 14),
        "patch_embed.proj.bias": (WIDTH,),
        **_norm("norm"),
    }
    for at in range(12):
        block = f"blocks.{at}"
        shapes |= {
            **_norm(f"{block}.norm1"),
            **_linear(f"{block}.attn.qkv", WIDTH, 3 * WIDTH),
            **_linear(f"{block}.attn.proj", WIDTH, WIDTH),
            f"{block}.ls1.gamma": (WIDTH,),
            **_norm(f"{block}.norm2"),
            **_mlp(f"{block}.mlp"),
            f"{block}.ls2.gamma": (WIDTH,),
        }
    return shapes


def _published() -> dict[str, tuple[int, ...]]:
    """The authors' names and shapes."""
    shapes: dict[str, tuple[int, ...]] = {
        "prototype_token": (6, WIDTH),
        **{f"encoder.{name}": shape for name, shape in _encoder().items()},
        **_mlp("bottleneck.0"),
        **_attended("aggregation.0"),
    }
    for at in range(8):
        shapes |= {**_attended(f"decoder.{at}"), f"decoder.{at}.attn.learn_scale": (12, 1, 1)}
    return shapes


def context(folder: Path, recipe: Mapping[str, Json], weights: Path | None = None) -> ModelContext:
    return ModelContext(
        cache=folder / "cache",
        seed=7,
        digests=str,
        read=Image.open,
        detectors=DetectorSettings(device="cpu", weights=(("", weights or folder / "none"),)),
        recipes={"inp-former": recipe},
    )


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a checkpoint of MVTec-AD as the authors' is made, of random numbers."""
    folder = tmp_path_factory.mktemp("weights")
    shapes = _published()
    assert len(shapes) == 315
    assert sum(int(np.prod(shape)) for shape in shapes.values()) == 155_101_536
    (folder / "inp_former" / "mvtec").mkdir(parents=True)
    torch.save(random_tensors(shapes, 1), folder / "inp_former" / "mvtec" / "model.pth")
    return folder


@pytest.fixture(scope="module")
def published(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> InpFormerDetectors:
    return InpFormerDetectors("inp-former", context(tmp_path_factory.mktemp("run"), {}, weights))


@pytest.fixture(scope="module")
def loaded(published: InpFormerDetectors) -> Fitted:
    return published.of("mvtec", "bottle").fit(())


@pytest.fixture(scope="module")
def ours(loaded: Fitted) -> list[Scored]:
    return [loaded.score(image) for image in IMAGES]


def test_scores_and_maps_are_those_of_one_run_of_the_authors_code(ours: list[Scored]) -> None:
    golden = json.loads(GOLDEN.read_text())
    for scored, known in zip(ours, golden, strict=True):
        assert scored.anomaly_map is not None
        # Other processors add up in another order; without the repairs scores are 1e-4 and more away.
        assert scored.score == pytest.approx(known["score"], abs=1e-5)
        assert [scored.anomaly_map[at] for at in PIXELS] == pytest.approx(known["map"], abs=1e-5)


def test_scores_agree_with_the_authors_code_within_a_millionth(
    weights: Path, ours: list[Scored], tmp_path: Path
) -> None:
    code = parity_originals.checkout("INP-Former")
    if code is None:
        pytest.skip(f"{parity_originals.VARIABLE} names no folder with a checkout of INP-Former")
    model = weights / "inp_former" / "mvtec" / "model.pth"
    theirs = parity_originals.inp_former(code, tmp_path / "place", model, IMAGES)
    golden: list[Json] = []
    for at, (image, scored) in enumerate(zip(IMAGES, ours, strict=True)):
        expected = on_image(theirs["maps"][at].numpy(), image.size, box(image.size, Build()))
        their_score = float(theirs["scores"][at])
        assert abs(scored.score - their_score) <= 1e-6
        assert scored.anomaly_map is not None
        assert np.abs(scored.anomaly_map - expected).max() <= 1e-5
        golden.append({"score": their_score, "map": [float(expected[pixel]) for pixel in PIXELS]})
    if not GOLDEN.exists():
        GOLDEN.write_text(json.dumps(golden, indent=1) + "\n")


def test_all_classes_of_a_dataset_share_the_checkpoint_and_the_detector(
    published: InpFormerDetectors, loaded: Fitted
) -> None:
    bottle = published.of("mvtec", "bottle")
    assert bottle.learns_from == "nothing"
    assert published.of("mvtec", "screw") is bottle
    assert len(str(bottle.settings()["checkpoint"])) == 64
    assert loaded.arrays() == {}, "a checkpoint is not kept a second time"
    assert published.of("visa", "candle").learns_from == "dataset"


def test_an_image_gets_its_score_whatever_it_is_judged_with(loaded: Fitted, ours: list[Scored]) -> None:
    together = loaded.scores(IMAGES)  # type: ignore[attr-defined]
    assert [each.score for each in together] == pytest.approx([each.score for each in ours], abs=1e-6)


@pytest.fixture(scope="module")
def contents(weights: Path) -> dict[str, Any]:
    """The checkpoint's tensors, left where they lie: they are mapped, not read."""
    path = weights / "inp_former" / "mvtec" / "model.pth"
    found: dict[str, Any] = torch.load(path, weights_only=True, mmap=True)
    return found


def _wrong_shape(given: dict[str, Any]) -> None:
    given["decoder.3.attn.learn_scale"] = torch.ones(16, 1, 1)


def _wrong_positions(given: dict[str, Any]) -> None:
    given["encoder.pos_embed"] = torch.zeros(1, 257, WIDTH)


def _missing_key(given: dict[str, Any]) -> None:
    del given["aggregation.0.mlp.fc1.bias"]


def _missing_registers(given: dict[str, Any]) -> None:
    del given["encoder.register_tokens"]


def _extra_key(given: dict[str, Any]) -> None:
    given["decoder.8.norm1.weight"] = torch.zeros(2)


def _no_tensor(given: dict[str, Any]) -> None:
    given["epoch"] = 200


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_wrong_shape, r"decoder\.3\.attn\.learn_scale is \(16, 1, 1\) and should be \(12, 1, 1\)"),
        (_wrong_positions, r"pos_embed is \(1, 256, 768\) and should be \(1, 784, 768\)"),
        (_missing_key, r"1 of 314 tensors are missing \(aggregation\.0\.mlp\.fc1\.bias\)"),
        (_missing_registers, r"reg_token"),
        (_extra_key, r"1 are not known here \(decoder\.8\.norm1\.weight\)"),
        (_no_tensor, r"entries that are no tensors \(epoch\)"),
    ],
)
def test_a_checkpoint_that_does_not_fit_is_refused_by_name(
    published: InpFormerDetectors,
    contents: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[dict[str, Any]], None],
    said: str,
) -> None:
    given = dict(contents)
    spoil(given)
    # 620 MB a case would be written and read again; reading has tests of its own.
    monkeypatch.setattr("baselines.inp_former.read", lambda path: given)
    with pytest.raises(ModelError, match=said):
        published.of("mvtec", "bottle").fit(())


def test_a_checkpoint_that_was_cut_short_is_refused(
    weights: Path, published: InpFormerDetectors, tmp_path: Path
) -> None:
    with (weights / "inp_former" / "mvtec" / "model.pth").open("rb") as whole:
        (tmp_path / "model.pth").write_bytes(whole.read(1 << 20))
    with pytest.raises(ModelError, match="damaged or cut short"):
        InpFormer(published, "mvtec", tmp_path / "model.pth", "dataset").fit(())


class _Malicious:
    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> Any:
        return (os.mkdir, (str(self._mark),))


def test_code_in_a_checkpoint_is_not_run(published: InpFormerDetectors, tmp_path: Path) -> None:
    mark = tmp_path / "it ran"
    torch.save({"prototype_token": _Malicious(mark)}, tmp_path / "model.pth")
    with pytest.raises(ModelError, match="could run code"):
        InpFormer(published, "mvtec", tmp_path / "model.pth", "dataset").fit(())
    assert not mark.exists()


def test_a_missing_encoder_says_which_file_whose_and_where_to_put_it(tmp_path: Path) -> None:
    detector = InpFormerDetectors("inp-former", context(tmp_path, {})).of("visa", "candle")
    said = r"dinov2_vitb14_reg4_pretrain\.pth.*Meta.*346 MB.*Apache.*dinov2="
    with pytest.raises(ModelError, match=said):
        detector.settings()


def test_an_encoder_is_the_same_in_metas_and_in_timms_layout() -> None:
    small = Build(resize_px=64, side_px=56, blocks=2, width=48, heads=2)
    held = {name: tuple(tensor.shape) for name, tensor in encoder(small).state_dict().items()}
    metas = {name: shape for name, shape in held.items() if name != "reg_token"}
    metas |= {"register_tokens": (1, 4, 48), "pos_embed": (1, 1370, 48), "mask_token": (1, 48)}
    given = random_tensors(metas, 3)
    ours = encoder_tensors(given, small)
    assert {name: tuple(tensor.shape) for name, tensor in ours.items()} == held
    timms = {name: tensor for name, tensor in given.items() if name not in ("register_tokens", "mask_token")}
    timms["reg_token"] = given["register_tokens"]
    timms["cls_token"] = given["cls_token"] + given["pos_embed"][:, :1]
    timms["pos_embed"] = given["pos_embed"][:, 1:]
    same = encoder_tensors(timms, small)
    assert same.keys() == ours.keys()
    assert all(torch.equal(same[name], ours[name]) for name in ours)


def test_a_few_steps_of_training_give_a_fit_without_the_encoder_that_is_restored_to_the_bit(
    tmp_path: Path,
) -> None:
    images = [random_image(seed, (90, 70)) for seed in range(5)]
    told: list[str] = []
    here = context(tmp_path, SMALL)
    detectors = InpFormerDetectors("inp-former", replace(here, progress=told.append))
    detector = detectors.of("parts", "nut")
    assert detector.learns_from == "dataset"
    assert detectors.of("parts", "screw") is detector
    fitted = detector.fit(images)
    found = [fitted.score(image) for image in images]
    assert found[0].anomaly_map is not None
    assert found[0].anomaly_map.shape == (70, 90)
    assert fitted.calibration() is None, "scored as any other image: in-sample"
    assert told[-1].startswith("inp-former, parts: step 3 of 3")
    kept = fitted.arrays()
    assert {name.partition(".")[0] for name in kept} == {
        "prototype_token",
        "bottleneck",
        "aggregation",
        "decoder",
    }
    assert "decoder.7.mlp.fc1.bias" in kept, "the authors' biases are there"
    other = InpFormerDetectors("inp-former", here).of("parts", "nut")
    restored = other.restore(kept)
    assert [restored.score(image).score for image in images] == [each.score for each in found]
    again = other.fit(images)
    assert [again.score(image).score for image in images] == [each.score for each in found]


class _Watched(Network):
    """The network that is trained, writing down its learning rates."""

    def on_train_batch_start(self, *_: Any) -> None:
        self.__dict__.setdefault("rates", []).append(self.optimizers().param_groups[0]["lr"])


def test_the_learning_rate_advances_with_every_step_and_not_with_every_epoch() -> None:
    small = Build(resize_px=64, side_px=56, blocks=2, width=48, heads=2)
    network = encoder(small)
    module = _Watched(small, lambda: network)
    images = [random_image(seed, (60, 60)) for seed in range(4)]
    train(module, images, lambda image: picture(image, small), device="cpu", steps=20, batch=2)
    falling = [1e-4 + 4.5e-4 * (1 + np.cos(np.pi * step / 18)) for step in range(18)]
    assert module.rates == pytest.approx([0, 1e-3, *falling])  # two steps of warming up, a tenth


def test_each_class_has_a_network_of_its_own_where_the_recipe_says_so(tmp_path: Path) -> None:
    detectors = InpFormerDetectors("inp-former", context(tmp_path, {**SMALL, "scope": "class"}))
    nut, screw = detectors.of("parts", "nut"), detectors.of("parts", "screw")
    assert nut is not screw
    assert nut.learns_from == "class"
    assert nut.settings() == screw.settings()


def test_arrays_of_another_make_are_not_restored(tmp_path: Path) -> None:
    detector = InpFormerDetectors("inp-former", context(tmp_path, SMALL)).of("parts", "nut")
    with pytest.raises(ValueError, match="tensors are missing"):
        detector.restore({"prototype_token.0": np.zeros((6, 48), np.float32)})


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        ({"epoch": 3}, "no setting 'epoch'"),
        ({"batch": 0}, "batch is at least 1"),
        ({"scope": "all"}, "scope is"),
        ({"encoder_blocks": 4}, "no published DINOv2"),
        ({"side_px": 100}, "multiple of 14"),
        ({"resize_px": 300}, "smaller than side_px"),
        ({"random_weights": True, "encoder_heads": 7}, "not shared out evenly"),
        ({"random_weights": True, "encoder_blocks": 1}, "less than two"),
        ({"prototypes": 0}, "at least one is needed"),
    ],
)
def test_a_recipe_that_cannot_be_followed_is_refused(
    tmp_path: Path, recipe: dict[str, Json], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        InpFormerDetectors("inp-former", context(tmp_path, recipe))


def test_the_map_lies_where_the_crop_was() -> None:
    # 28 of 448 pixels are cut off on every side: a sixteenth of the width and of the height.
    assert box((800, 480), Build()) == pytest.approx((50, 30, 750, 450))
