"""Training through anomalib's engine: good images alone, nothing left behind, the same every time."""

from __future__ import annotations

import random
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="the baselines extra is not installed: make test-baselines")
pytest.importorskip("anomalib", reason="the baselines extra is not installed: make test-baselines")

import timm
from anomalib.models import Dinomaly, Padim, Stfpm

from baselines import anomalib_training
from baselines.anomalib_training import GoodImages, grid_of, seeded, train
from iad_eval.errors import ModelError

CPU = torch.device("cpu")


class Counting(Sequence[Image.Image]):
    """Six RGB images of 40 x 30 pixels; counts how often one is decoded."""

    def __init__(self, count: int = 6) -> None:
        self.decoded = 0
        draws = np.random.default_rng(5)
        self._pixels = [draws.integers(0, 256, (30, 40, 3), dtype=np.uint8) for _ in range(count)]

    def __len__(self) -> int:
        return len(self._pixels)

    @overload
    def __getitem__(self, index: int) -> Image.Image: ...

    @overload
    def __getitem__(self, index: slice) -> Counting: ...

    def __getitem__(self, index: int | slice) -> Any:
        assert isinstance(index, int)
        pixels = self._pixels[index]
        self.decoded += 1
        return Image.fromarray(pixels)


@pytest.fixture
def student(monkeypatch: pytest.MonkeyPatch) -> Any:
    """STFPM on a random ResNet-18 at 32 x 32 pixels: the smallest thing that has an optimiser."""
    own = timm.create_model
    monkeypatch.setattr(timm, "create_model", lambda *a, **k: own(*a, **{**k, "pretrained": False}))

    def make() -> Any:
        with seeded(3):
            return Stfpm(pre_processor=Stfpm.configure_pre_processor((32, 32)), visualizer=False)

    return make


def weights(module: Any) -> dict[str, Any]:
    return {key: value.clone() for key, value in module.model.state_dict().items()}


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(torch.equal(value, other[key]) for key, value in one.items())


def test_training_writes_nothing_and_says_how_far_it_is(
    student: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said: list[str] = []
    module = student()
    before = weights(module)
    random.seed(1)
    torch.manual_seed(1)
    drawn = random.random(), float(torch.rand(1))
    random.seed(1)
    torch.manual_seed(1)
    train(module, Counting(), device=CPU, steps=3, batch=4, progress=said.append)
    assert (random.random(), float(torch.rand(1))) == drawn
    assert list(tmp_path.iterdir()) == []
    assert said[0].startswith("step 1 of 3, loss ")
    assert said[-1].startswith("step 3 of 3, loss ")
    assert not same(weights(module), before)
    assert not module.training


def test_the_same_seed_gives_the_same_weights_and_another_one_others(student: Any) -> None:
    trained = []
    for seed in (0, 0, 1):
        module = student()
        train(module, Counting(), device=CPU, epochs=1, batch=2, seed=seed)
        trained.append(weights(module))
    assert same(trained[0], trained[1])
    assert not same(trained[0], trained[2])


def test_images_that_fit_into_memory_are_decoded_once(student: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    images = Counting()
    train(student(), images, device=CPU, epochs=3, batch=4)
    assert images.decoded == 7  # the first one also to see how large they become
    monkeypatch.setattr(anomalib_training, "MEMORY_BYTES", 1000)
    images = Counting()
    train(student(), images, device=CPU, epochs=3, batch=4)
    assert images.decoded == 19


def test_images_are_brought_to_the_grid_that_is_asked_for(student: Any) -> None:
    image = Counting()[0]
    assert grid_of(student(), 16)(image).shape == (3, 16, 16)
    tall = grid_of(student(), (20, 10))(image)
    expected = np.asarray(image.resize((10, 20), Image.Resampling.BILINEAR))
    assert np.array_equal(tall.permute(1, 2, 0).numpy(), expected)
    item = GoodImages([image], grid_of(student(), (20, 10)))[0]
    assert torch.allclose(item.image, tall / 255)
    assert int(item.gt_label) == 0
    own = grid_of(student(), None)(image)  # the pre-processor's: 32 x 32, on floating numbers
    assert own.shape == (3, 32, 32)
    assert own.dtype == torch.float32


class Noting(Dinomaly):  # type: ignore[misc]
    """Writes down the learning rate of each step."""

    def on_train_batch_start(self, *_: Any) -> None:
        """Before the step is made."""
        rates.append(self.optimizers().param_groups[0]["lr"])


rates: list[float] = []


def test_a_schedule_laid_out_in_steps_moves_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    own = timm.create_model
    monkeypatch.setattr(timm, "create_model", lambda *a, **k: own(*a, **{**k, "pretrained": False}))
    module = Noting(
        encoder_name="vit_small_patch14_reg4_dinov2",
        pre_processor=Dinomaly.configure_pre_processor((32, 32), 28),
        visualizer=False,
    )
    before = weights(module)
    train(module, Counting(), device=CPU, steps=3, batch=2)
    assert rates == pytest.approx([0, 2e-3 / 99, 4e-3 / 99])  # 100 steps from 0 to 0.002
    assert not same(weights(module), before)


def test_models_that_look_once_need_no_length() -> None:
    module = Padim(pre_trained=False, pre_processor=Padim.configure_pre_processor((32, 32)), visualizer=False)
    train(module, Counting(), device=CPU, batch=4)
    assert module.model.gaussian.mean.numel()


def test_no_images_and_a_loss_that_is_no_number_are_said_clearly(student: Any) -> None:
    with pytest.raises(ModelError, match="was given no training images"):
        train(student(), Counting(0), device=CPU, steps=1)
    module = student()
    with torch.no_grad():
        next(module.model.student_model.parameters()).fill_(torch.nan)
    with pytest.raises(ModelError, match="went astray: at step 1 its loss is nan"):
        train(module, Counting(), device=CPU, steps=5)


def test_ctrl_c_stays_ctrl_c(student: Any) -> None:
    def pressed(text: str) -> None:
        raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        train(student(), Counting(), device=CPU, steps=2, progress=pressed)
    assert signal.getsignal(signal.SIGINT) is before
