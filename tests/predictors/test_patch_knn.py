from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter
from real_data import mvtec

from iad_eval.errors import ModelError
from iad_eval.pixels import read_image
from iad_eval.predictors.patch_knn import FittedPatchKnn, PatchKnn


def _part(seed: int, *, scratch: bool = False, size: tuple[int, int] = (96, 96)) -> Image.Image:
    """A washer, a little displaced and unevenly lit; the scratch covers 0.6 % of the picture."""
    rng = np.random.default_rng(seed)
    image = Image.new("RGB", (192, 192), (205, 200, 190))
    pen = ImageDraw.Draw(image)
    x, y = 96 + rng.normal(0, 3, 2)
    for radius, colour in ((70, (110, 115, 125)), (55, (140, 140, 150)), (26, (40, 40, 45))):
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    if scratch:
        pen.line((x + 34, y - 20, x + 48, y + 20), fill=(235, 230, 225), width=5)
    image = image.filter(ImageFilter.GaussianBlur(1)).resize(size)
    lit = np.asarray(image, np.float64) * rng.uniform(0.85, 1.1)
    return Image.fromarray(np.clip(lit + rng.normal(0, 2, lit.shape), 0, 255).astype(np.uint8))


def _parts(count: int, first: int = 0) -> list[Image.Image]:
    return [_part(seed) for seed in range(first, first + count)]


@pytest.fixture(scope="module")
def fitted() -> FittedPatchKnn:
    return PatchKnn().fit(_parts(12))


def test_a_small_scratch_scores_above_every_good_part(fitted: FittedPatchKnn) -> None:
    good = [fitted.score(part).score for part in _parts(10, first=100)]
    scratched = [fitted.score(_part(seed, scratch=True)).score for seed in range(200, 210)]
    assert min(scratched) > max(good)
    assert min(scratched) > max(fitted.calibration().scores)


def test_the_map_points_at_the_scratch(fitted: FittedPatchKnn) -> None:
    image = _part(300, scratch=True, size=(150, 90))
    found = fitted.score(image).anomaly_map
    assert found is not None
    assert found.shape == (90, 150)
    assert found.dtype == np.float32
    row, column = np.unravel_index(found.argmax(), found.shape)
    assert abs(column / 150 - 137 / 192) < 0.06
    assert abs(row / 90 - 96 / 192) < 0.15


def test_training_scores_leave_the_image_out(fitted: FittedPatchKnn) -> None:
    calibration = fitted.calibration()
    assert calibration.taken == "leave-one-out"
    assert len(calibration.scores) == 12
    unseen = [fitted.score(part).score for part in _parts(12, first=100)]
    seen = [fitted.score(part).score for part in _parts(12)]
    assert max(seen) < min(calibration.scores)
    assert np.median(calibration.scores) == pytest.approx(np.median(unseen), rel=0.25)


def test_an_odd_training_image_does_not_excuse_itself() -> None:
    scores = PatchKnn().fit([*_parts(8), _part(50, scratch=True)]).calibration().scores
    assert scores[-1] > 1.5 * max(scores[:-1])


@pytest.mark.parametrize("count", [0, 1])
def test_one_image_is_too_few(count: int) -> None:
    with pytest.raises(ModelError, match=f"at least 2 training images.*saw {count}.*--iad-model"):
        PatchKnn().fit(_parts(count))


def test_two_images_are_enough() -> None:
    assert np.isfinite(PatchKnn().fit(_parts(2)).calibration().scores).all()


def test_equal_training_images_leave_scores_finite() -> None:
    fitted = PatchKnn().fit([_part(0)] * 3)
    assert np.isfinite(fitted.calibration().scores).all()
    assert fitted.score(_part(1, scratch=True)).score > 2 * max(fitted.calibration().scores)


def test_black_training_images_leave_scores_finite() -> None:
    fitted = PatchKnn().fit([Image.new("RGB", (40, 40))] * 2)
    assert np.isfinite(fitted.calibration().scores).all()
    assert np.isfinite(fitted.score(_part(1)).score)


def test_images_of_a_class_may_differ_in_size() -> None:
    sizes = [(8, 8), (8, 200), (97, 31), (300, 200)]
    fitted = PatchKnn().fit([_part(seed, size=size) for seed, size in enumerate(sizes)])
    for seed, (width, height) in enumerate(sizes):
        scored = fitted.score(_part(10 + seed, size=(width, height)))
        assert np.isfinite(scored.score)
        assert scored.anomaly_map is not None
        assert scored.anomaly_map.shape == (height, width)


def test_a_restored_fit_is_the_same_to_the_bit(fitted: FittedPatchKnn) -> None:
    file = io.BytesIO()
    np.savez(file, **fitted.arrays())  # type: ignore[arg-type]  # names are the detector's
    file.seek(0)
    restored = PatchKnn().restore(np.load(file, allow_pickle=False))
    assert restored.calibration() == fitted.calibration()
    for part in (_part(400), _part(401, scratch=True)):
        ours, theirs = fitted.score(part), restored.score(part)
        assert ours.score == theirs.score
        assert np.array_equal(np.asarray(ours.anomaly_map), np.asarray(theirs.anomaly_map))


def test_scores_do_not_depend_on_what_was_scored_before(fitted: FittedPatchKnn) -> None:
    parts = [_part(seed) for seed in range(500, 504)]
    forward = [fitted.score(part).score for part in parts]
    backward = [fitted.score(part).score for part in reversed(parts)]
    assert forward == backward[::-1]


FIT_ELSEWHERE = """
import numpy as np
from PIL import Image
from iad_eval.predictors.patch_knn import PatchKnn
images = [Image.fromarray(each) for each in np.load("parts.npy")]
fitted = PatchKnn().fit(images[:-1])
print(fitted.score(images[-1]).score.hex(), *(score.hex() for score in fitted.calibration().scores))
"""


def test_scores_are_the_same_in_another_process(fitted: FittedPatchKnn, tmp_path: Path) -> None:
    odd = _part(600, scratch=True)
    np.save(tmp_path / "parts.npy", np.stack([np.asarray(part) for part in (*_parts(12), odd)]))
    done = subprocess.run(
        [sys.executable, "-c", FIT_ELSEWHERE],
        cwd=tmp_path,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    ours = (fitted.score(odd).score, *fitted.calibration().scores)
    assert done.stdout.split() == [score.hex() for score in ours]


def test_arrays_of_another_make_are_refused(fitted: FittedPatchKnn) -> None:
    whole = fitted.arrays()
    with pytest.raises(KeyError):
        PatchKnn().restore({name: array for name, array in whole.items() if name != "usual"})
    for name in whole:
        with pytest.raises(ValueError, match=r"no (fit|bank of patches|patch space)"):
            PatchKnn().restore({**whole, name: whole[name][..., :1]})


def test_settings_are_json_with_a_version() -> None:
    assert json.loads(json.dumps(PatchKnn().settings()))["version"] >= 1


def test_bottles_are_told_apart() -> None:
    folder = mvtec() / "bottle"
    fitted = PatchKnn().fit([read_image(path) for path in sorted((folder / "train" / "good").glob("*"))[::5]])
    good = [
        fitted.score(read_image(path)).score for path in sorted((folder / "test" / "good").glob("*"))[::3]
    ]
    broken = [fitted.score(read_image(path)).score for path in sorted(folder.glob("test/[bc]*/*"))[::6]]
    above = np.mean([bad > fine for bad in broken for fine in good])
    assert above >= 0.95
