from __future__ import annotations

import logging
import os
import warnings
from typing import Any

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="the baselines extra is not installed: make test-baselines")

from baselines.scoring import NetworkFit, on_image, quiet  # they import torch
from iad_eval.errors import ModelError
from iad_eval.predictors.trained_detector import InBatches

CPU = torch.device("cpu")


def _prepare(image: Image.Image) -> Any:
    return torch.from_numpy(np.asarray(image.resize((4, 4)), np.float32)).permute(2, 0, 1)


def _grey(level: int, size: tuple[int, int] = (8, 6)) -> Image.Image:
    return Image.new("RGB", size, (level,) * 3)


def test_images_are_judged_together_and_maps_lie_on_each() -> None:
    shapes: list[tuple[int, ...]] = []

    def judge(shown: Any) -> tuple[Any, Any]:
        shapes.append(tuple(shown.shape))
        return shown.amax((1, 2, 3)), shown[:, 0]

    fitted = NetworkFit(_prepare, judge, CPU, batch=5)
    found = fitted.scores([_grey(3), _grey(9, (10, 20))])
    assert shapes == [(2, 3, 4, 4)]
    assert [each.score for each in found] == [3, 9]
    maps = [each.anomaly_map for each in found]
    assert maps[0] is not None
    assert maps[1] is not None
    assert (maps[0].shape, maps[1].shape) == ((6, 8), (20, 10))
    assert np.all(maps[1] == 9)
    assert isinstance(fitted, InBatches)
    assert fitted.calibration() is None
    assert fitted.arrays() == {}


def test_scores_of_any_shape_are_one_an_image() -> None:
    fitted = NetworkFit(_prepare, lambda shown: (shown.amax((1, 2, 3))[:, None], None), CPU)
    assert fitted.score(_grey(7)).score == 7
    assert fitted.score(_grey(7)).anomaly_map is None


def test_memory_that_is_not_enough_says_what_to_set() -> None:
    def judge(shown: Any) -> tuple[Any, None]:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(ModelError, match="does not hold 2 images at once: set a smaller batch"):
        NetworkFit(_prepare, judge, CPU).scores([_grey(1), _grey(2)])


def test_a_map_lies_where_the_detector_looked() -> None:
    found = np.array([[5, 5], [5, 5]], np.float32)
    found[0, 0] = 1
    placed = on_image(found, (10, 6), (2, 1, 8, 7))
    assert placed.shape == (6, 10)
    assert np.all(placed[:, :2] == 1)
    assert np.all(placed[:, 8:] == 1)
    assert np.all(placed[0] == 1)
    assert placed[5, 7] == 5


def test_a_box_that_reaches_over_the_edge_is_cut() -> None:
    placed = on_image(np.arange(4, dtype=np.float32).reshape(2, 2), (4, 4), (-2, 0, 6, 4))
    assert placed.shape == (4, 4)
    assert placed[0, 0] < placed[0, 3]


def test_others_are_quiet_for_a_while(capsys: pytest.CaptureFixture[str]) -> None:
    with quiet() as folder:
        warnings.warn("noise", stacklevel=1)
        logging.getLogger("anomalib").warning("noise")
        assert os.environ["TQDM_DISABLE"] == "1"
        (folder / "file").write_text("x")
    assert not folder.exists()
    assert "TQDM_DISABLE" not in os.environ
    assert capsys.readouterr() == ("", "")
