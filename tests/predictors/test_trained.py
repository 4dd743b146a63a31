from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from iad_eval.errors import DataError, IadError, ModelError
from iad_eval.identity import FileDigests, digest_json
from iad_eval.pixels import read_image
from iad_eval.predictors import Calibrated, Calibration, ModelContext, Predictor, Reply
from iad_eval.predictors.patch_knn import PatchKnn
from iad_eval.predictors.trained import Detector, Fitted, OneForAll, Scored, TrainedPredictor
from iad_eval.predictors.trained_detector import Learns
from iad_eval.views import View
from iad_eval.words import ClassSamples, Json, Sample


class FittedMean:
    """The distance of mean brightness from the training images' mean."""

    def __init__(self, means: NDArray[np.float64]) -> None:
        self._means = means

    def score(self, image: Image.Image) -> Scored:
        if image.size == (1, 1):
            raise ModelError("an image of one pixel says nothing")
        if image.size == (2, 2):
            raise ZeroDivisionError
        distances = np.abs(np.asarray(image, np.float32).mean(axis=2) - np.float32(self._means.mean()))
        return Scored(float(distances.mean()), distances)

    def calibration(self) -> Calibration:
        return Calibration(tuple(float(abs(mean - self._means.mean())) for mean in self._means), "in-sample")

    def arrays(self) -> Mapping[str, NDArray[np.generic]]:
        return {"means": self._means}


class MeanDetector:
    """Counts how often it is fitted and restored."""

    name = "mean"
    learns_from: Learns = "class"
    folds = 0

    def __init__(self, version: int = 1) -> None:
        self.version = version
        self.fits: list[list[float]] = []
        self.restored = 0

    def settings(self) -> Mapping[str, Json]:
        return {"version": self.version}

    def fit(self, images: Sequence[Image.Image]) -> Fitted:
        self.fits.append([])
        means = self.fits[-1]
        means.extend(float(np.asarray(image).mean()) for image in images)
        if 13.0 in means:
            raise ModelError("13 is no brightness to learn from")
        if 14.0 in means:
            raise ZeroDivisionError
        return FittedMean(np.array(means))

    def restore(self, arrays: Mapping[str, NDArray[np.generic]]) -> Fitted:
        self.restored += 1
        return FittedMean(np.asarray(arrays["means"], np.float64))


class Shelf:
    """A folder of grey photographs and the predictors that look at it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.decoded: list[Path] = []
        self.whole: tuple[Sample, ...] = ()
        self.heard: list[str] = []

    def grey(self, path: Path, level: int) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (6, 4), (level, level, level)).save(path)
        return path

    def siblings(self, class_name: str, *levels: int) -> ClassSamples:
        folder = self.root / "parts" / class_name
        train = tuple(
            self._sample(class_name, "train", self.grey(folder / "train" / "good" / f"{number}.png", level))
            for number, level in enumerate(levels)
        )
        tested = self._sample(class_name, "test", folder / "test" / "hole" / "0.png")
        return ClassSamples(train, (tested,))

    def _sample(self, class_name: str, split: Literal["train", "test"], path: Path) -> Sample:
        return Sample("parts", class_name, split, path.parent.name, path.stem, split == "test", path)

    def predictor(self, detector: Detector) -> TrainedPredictor:
        def read(path: Path) -> Image.Image:
            self.decoded.append(path)
            return read_image(path)

        return TrainedPredictor(
            OneForAll(detector),
            ModelContext(
                self.root,
                0,
                FileDigests(),
                read,
                training=lambda dataset: self.whole,
                progress=self.heard.append,
            ),
        )

    def fit_files(self) -> list[Path]:
        return sorted((self.root / "fits").rglob("*.*"))


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def _view(siblings: ClassSamples, level: int = 90, size: tuple[int, int] = (5, 3)) -> View:
    image = Image.new("RGB", size, (level, level, level))
    return View(siblings.test[0], siblings, "original", None, f"key-{level}", image, None, None, None)


def _ask(predictor: Predictor, *views: View) -> list[Reply]:
    return list(predictor.predict(views))


def test_views_are_scored_in_their_order_with_their_time(shelf: Shelf) -> None:
    siblings = shelf.siblings("cup", 10, 30)
    views = [_view(siblings, level) for level in (20, 25, 60)]
    replies = _ask(shelf.predictor(MeanDetector()), *views)
    assert [reply.view for reply in replies] == views
    assert [reply.score for reply in replies] == [0, 5, 40]
    assert all(reply.latency_s is not None and 0 < reply.latency_s < 1 for reply in replies)
    assert all(reply.error is None and reply.answer is None for reply in replies)


def test_nothing_is_fitted_before_the_first_view(shelf: Shelf) -> None:
    detector = MeanDetector()
    predictor = shelf.predictor(detector)
    siblings = shelf.siblings("cup", 10, 30)
    predictor.identity(siblings, "original", None)
    replies = predictor.predict(_view(siblings) for _ in range(3))
    assert not detector.fits
    assert not shelf.decoded
    assert len(list(replies)) == 3
    assert len(detector.fits) == 1


def test_identity_follows_content_and_settings(shelf: Shelf) -> None:
    siblings = shelf.siblings("cup", 10, 30)
    identity = shelf.predictor(MeanDetector()).identity(siblings, "original", None)
    assert identity["model"] == "mean"
    assert identity["settings"] == {"version": 1}
    assert digest_json(dict(identity))

    swapped = shelf.siblings("cup", 30, 10)
    assert shelf.predictor(MeanDetector()).identity(swapped, "rotated", None) == identity
    changed = shelf.siblings("cup", 10, 31)
    assert shelf.predictor(MeanDetector()).identity(changed, "original", None) != identity
    doubled = shelf.siblings("cup", 10, 10, 30)
    assert shelf.predictor(MeanDetector()).identity(doubled, "original", None) != identity


def test_the_order_of_names_does_not_matter(shelf: Shelf) -> None:
    first, second = MeanDetector(), MeanDetector()
    _ask(shelf.predictor(first), _view(shelf.siblings("cup", 10, 20, 30)))
    (fit,) = shelf.fit_files()
    fit.unlink()
    _ask(shelf.predictor(second), _view(shelf.siblings("cup", 30, 10, 20)))
    assert first.fits == second.fits


def test_a_fit_is_found_on_disk(shelf: Shelf) -> None:
    siblings = shelf.siblings("cup", 10, 30)
    fresh, later = MeanDetector(), MeanDetector()
    first = _ask(shelf.predictor(fresh), _view(siblings))
    second = _ask(shelf.predictor(later), _view(siblings))
    assert (len(fresh.fits), len(later.fits), later.restored) == (1, 0, 1)
    assert first[0].score == second[0].score
    (file,) = shelf.fit_files()
    assert file.parent == shelf.root / "fits" / "mean"
    assert file.suffix == ".npz"


def test_other_settings_are_another_fit(shelf: Shelf) -> None:
    siblings = shelf.siblings("cup", 10, 30)
    newer = MeanDetector(version=2)
    _ask(shelf.predictor(MeanDetector()), _view(siblings))
    _ask(shelf.predictor(newer), _view(siblings))
    assert len(newer.fits) == 1
    assert len(shelf.fit_files()) == 2


def test_a_foreign_archive_is_replaced(shelf: Shelf) -> None:
    siblings = shelf.siblings("cup", 10, 30)
    _ask(shelf.predictor(MeanDetector()), _view(siblings))
    (file,) = shelf.fit_files()
    whole = file.read_bytes()
    np.savez(file, others=np.zeros(3))
    detector = MeanDetector()
    assert _ask(shelf.predictor(detector), _view(siblings))[0].score == 70
    assert len(detector.fits) == 1
    assert len(file.read_bytes()) == len(whole)


def test_two_fits_stay_in_memory(shelf: Shelf) -> None:
    detector = MeanDetector()
    predictor = shelf.predictor(detector)
    classes = [shelf.siblings(name, level, level) for name, level in (("a", 10), ("b", 20), ("c", 30))]
    for number in (0, 1, 0, 1, 2, 1, 2, 1):
        _ask(predictor, _view(classes[number]))
    assert (len(detector.fits), detector.restored) == (3, 0)
    _ask(predictor, _view(classes[0]))
    assert (len(detector.fits), detector.restored) == (3, 1)


def test_a_class_without_training_images_says_what_to_do(shelf: Shelf) -> None:
    empty, full = shelf.siblings("lid"), shelf.siblings("cup", 10, 30)
    replies = _ask(shelf.predictor(MeanDetector()), _view(empty), _view(full), _view(empty))
    assert [reply.score for reply in replies] == [None, 70, None]
    folder = shelf.root / "parts" / "lid"
    for reply in (replies[0], replies[2]):
        assert reply.error is not None
        for part in (str(folder), "no training images", "train/good", "--iad-class", "--iad-model"):
            assert part in reply.error


def test_an_unreadable_training_image_is_named_and_tried_once(shelf: Shelf) -> None:
    siblings = shelf.siblings("cup", 10, 30, 50)
    broken = siblings.train[1].image_path
    broken.write_bytes(b"no picture")
    detector = MeanDetector()
    replies = _ask(shelf.predictor(detector), *(_view(siblings) for _ in range(20)))
    assert all(reply.error is not None and str(broken) in reply.error for reply in replies)
    assert len(detector.fits) == 1
    assert shelf.decoded.count(broken) == 1
    assert not shelf.fit_files()


def test_a_missing_training_image_is_named(shelf: Shelf) -> None:
    siblings = shelf.siblings("cup", 10, 30)
    siblings.train[0].image_path.unlink()
    (reply,) = _ask(shelf.predictor(MeanDetector()), _view(siblings))
    assert reply.error is not None
    assert str(siblings.train[0].image_path) in reply.error


def test_a_mended_class_is_tried_again_by_the_next_question(shelf: Shelf) -> None:
    siblings = shelf.siblings("cup", 10, 30)
    broken = siblings.train[1].image_path
    whole = broken.read_bytes()
    broken.unlink()
    predictor = shelf.predictor(MeanDetector())
    assert _ask(predictor, _view(siblings))[0].error is not None
    broken.write_bytes(whole)
    assert _ask(predictor, _view(siblings))[0].score == 70


def test_a_fit_that_is_refused_names_the_class(shelf: Shelf) -> None:
    siblings = shelf.siblings("cup", 13, 30)
    predictor = shelf.predictor(MeanDetector())
    (reply,) = _ask(predictor, _view(siblings))
    assert reply.error == f"{shelf.root / 'parts' / 'cup'}: 13 is no brightness to learn from"
    with pytest.raises(ModelError, match="13 is no brightness"):
        predictor.calibration(siblings, None)


def test_a_view_that_cannot_be_scored_fails_alone(shelf: Shelf) -> None:
    siblings = shelf.siblings("cup", 10, 30)
    views = [_view(siblings), _view(siblings, size=(1, 1)), _view(siblings)]
    replies = _ask(shelf.predictor(MeanDetector()), *views)
    assert [reply.error for reply in replies] == [None, "an image of one pixel says nothing", None]
    assert replies[1].score is None
    assert replies[1].latency_s is None


def test_programming_errors_are_not_answers(shelf: Shelf) -> None:
    with pytest.raises(ZeroDivisionError):
        _ask(shelf.predictor(MeanDetector()), _view(shelf.siblings("cup", 10, 30), size=(2, 2)))
    with pytest.raises(ZeroDivisionError):
        _ask(shelf.predictor(MeanDetector()), _view(shelf.siblings("lid", 14, 30)))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("iad-train")]


def test_calibration_fits_or_restores(shelf: Shelf) -> None:
    siblings = shelf.siblings("cup", 10, 30)
    first = shelf.predictor(MeanDetector()).calibration(siblings, None)
    later = MeanDetector()
    assert (
        shelf.predictor(later).calibration(siblings, None) == first == Calibration((10.0, 10.0), "in-sample")
    )
    assert later.restored == 1


def test_calibration_of_an_empty_class_raises(shelf: Shelf) -> None:
    with pytest.raises(IadError, match="no training images"):
        shelf.predictor(MeanDetector()).calibration(shelf.siblings("lid"), None)


def test_calibration_of_a_missing_image_raises(shelf: Shelf) -> None:
    siblings = shelf.siblings("cup", 10)
    siblings.train[0].image_path.unlink()
    with pytest.raises(DataError, match="cannot read"):
        shelf.predictor(MeanDetector()).calibration(siblings, None)


def test_anomaly_maps_lie_on_the_view(shelf: Shelf) -> None:
    siblings = shelf.siblings("cup", 10, 30)
    (reply,) = _ask(shelf.predictor(MeanDetector()), _view(siblings, 60))
    found = reply.anomaly_map
    assert found is not None
    assert found.shape == (3, 5)
    assert np.all(found == 40)


def test_closing_twice_is_fine_and_disk_remembers(shelf: Shelf) -> None:
    siblings = shelf.siblings("cup", 10, 30)
    detector = MeanDetector()
    predictor = shelf.predictor(detector)
    _ask(predictor, _view(siblings))
    predictor.close()
    predictor.close()
    assert _ask(predictor, _view(siblings))[0].score == 70
    assert (len(detector.fits), detector.restored) == (1, 1)


def test_one_training_image_is_too_few_for_patch_knn(shelf: Shelf) -> None:
    siblings = shelf.siblings("cup", 10)
    (reply,) = _ask(shelf.predictor(PatchKnn()), _view(siblings))
    assert reply.error is not None
    assert reply.error.startswith(f"{shelf.root / 'parts' / 'cup'}: patch-knn needs at least 2")


def test_describing_gives_the_settings(shelf: Shelf) -> None:
    predictor = shelf.predictor(MeanDetector())
    assert predictor.name == "mean"
    assert predictor.describe() == {"kind": "trained detector", "version": 1}


class BatchedMean(FittedMean):
    """Judges three at once and remembers which were judged together."""

    batch = 3

    def __init__(self, means: NDArray[np.float64], judged: list[int]) -> None:
        super().__init__(means)
        self._judged = judged

    def scores(self, images: Sequence[Image.Image]) -> list[Scored]:
        self._judged.append(len(images))
        return [self.score(image) for image in images]

    def calibration(self) -> Calibration | None:  # type: ignore[override]  # scored like any other image
        return None


class BatchedDetector(MeanDetector):
    def __init__(self, learns_from: Learns = "class", folds: int = 0) -> None:
        super().__init__()
        self.learns_from = learns_from
        self.folds = folds
        self.judged: list[int] = []

    def fit(self, images: Sequence[Image.Image]) -> Fitted:
        self.fits.append([float(np.asarray(image).mean()) for image in images])
        return BatchedMean(np.array(self.fits[-1] or [100.0]), self.judged)

    def restore(self, arrays: Mapping[str, NDArray[np.generic]]) -> Fitted:
        self.restored += 1
        return BatchedMean(np.asarray(arrays["means"], np.float64), self.judged)


def test_views_are_judged_together_within_a_case_only(shelf: Shelf) -> None:
    siblings = shelf.siblings("cup", 10, 30)
    original = [_view(siblings, level) for level in range(40, 47)]
    rotated = [replace(view, perturbation="rotated") for view in original[:4]]
    detector = BatchedDetector()
    replies = _ask(shelf.predictor(detector), *original, *rotated)
    assert detector.judged == [3, 3, 1, 3, 1]
    assert [reply.view for reply in replies] == [*original, *rotated]
    assert [reply.score for reply in replies] == [*range(20, 27), *range(20, 24)]


def test_one_view_of_a_batch_fails_alone(shelf: Shelf) -> None:
    siblings = shelf.siblings("cup", 10, 30)
    views = [_view(siblings), _view(siblings, size=(1, 1)), _view(siblings)]
    replies = _ask(shelf.predictor(BatchedDetector()), *views)
    assert [reply.score for reply in replies] == [70, None, 70]
    assert replies[1].error == "an image of one pixel says nothing"


def test_training_images_are_scored_like_any_other(shelf: Shelf) -> None:
    siblings = shelf.siblings("cup", 10, 20, 30, 60)
    found = shelf.predictor(BatchedDetector()).calibration(siblings, None)
    assert found.taken == "in-sample"
    assert sorted(found.scores) == [0, 10, 20, 30]  # their mean is 30


def test_a_method_that_remembers_is_scored_by_fits_that_did_not_see_the_image(shelf: Shelf) -> None:
    siblings = shelf.siblings("cup", 10, 20, 60)
    detector = BatchedDetector(folds=5)
    found = shelf.predictor(detector).calibration(siblings, None)
    assert found.taken == "3-fold"
    assert sorted(found.scores) == [15, 30, 45]  # each against the mean of the other two
    assert sorted(map(sorted, detector.fits)) == [[10, 20], [10, 60], [20, 60]]


def test_one_image_cannot_be_left_out(shelf: Shelf) -> None:
    with pytest.raises(ModelError, match="two of them at least, and there is 1"):
        shelf.predictor(BatchedDetector(folds=5)).calibration(shelf.siblings("cup", 10), None)


def test_a_checkpoint_learns_nothing_and_is_not_kept_twice(shelf: Shelf) -> None:
    detector = BatchedDetector("nothing")
    predictor = shelf.predictor(detector)
    siblings, empty = shelf.siblings("cup", 10), shelf.siblings("lid")
    assert [reply.score for reply in _ask(predictor, _view(siblings), _view(empty))] == [10, 10]
    assert detector.fits == [[]]
    assert not shelf.fit_files()
    assert "training" not in predictor.identity(siblings, "original", None)
    assert predictor.calibration(siblings, None).scores == (90,)


def test_training_scores_of_a_checkpoint_hang_on_the_images_that_are_scored(shelf: Shelf) -> None:
    def identity(level: int) -> Mapping[str, Json]:
        predictor = shelf.predictor(BatchedDetector("nothing"))
        assert isinstance(predictor, Calibrated)
        return predictor.calibration_identity(shelf.siblings("cup", level), None)

    assert identity(10) != identity(11)
    assert identity(10) == identity(10)


def test_one_fit_serves_all_classes_of_a_dataset(shelf: Shelf) -> None:
    cup, lid = shelf.siblings("cup", 10, 20), shelf.siblings("lid", 60)
    shelf.whole = (*cup.train, *lid.train)
    detector = BatchedDetector("dataset")
    predictor = shelf.predictor(detector)
    assert [reply.score for reply in _ask(predictor, _view(cup), _view(lid))] == [60, 60]
    assert sorted(detector.fits[0]) == [10, 20, 60]
    assert len(detector.fits) == len(shelf.fit_files()) == 1
    assert sorted(predictor.calibration(cup, None).scores) == [10, 20]
    assert predictor.calibration(lid, None).scores == (30,)
    assert predictor.calibration_identity(cup, None) != predictor.calibration_identity(lid, None)


def test_two_processes_fit_once(shelf: Shelf) -> None:
    siblings = shelf.siblings("cup", 10, 30)
    begun = threading.Event()

    class Slow(MeanDetector):
        def fit(self, images: Sequence[Image.Image]) -> Fitted:
            begun.set()
            waiting.wait(5)
            return super().fit(images)

    waiting = threading.Event()
    first, second = Slow(), MeanDetector()
    asked = threading.Thread(target=lambda: _ask(shelf.predictor(first), _view(siblings)))
    asked.start()
    assert begun.wait(5)
    other = threading.Thread(target=lambda: _ask(shelf.predictor(second), _view(siblings)))
    other.start()
    other.join(0.2)
    assert other.is_alive()  # it waits for the first one's fit
    waiting.set()
    asked.join()
    other.join()
    assert (len(first.fits), len(second.fits), second.restored) == (1, 0, 1)
    assert [path.suffix for path in (shelf.root / "fits" / "mean").iterdir()] == [".npz"]


def test_fitting_and_scoring_are_said(shelf: Shelf) -> None:
    shelf.predictor(BatchedDetector(folds=2)).calibration(shelf.siblings("cup", 10, 30), None)
    assert [text for text in shelf.heard if text] == [
        "mean learns parts/cup, part 1 of 2 left out",
        "mean scores 1 training images of parts/cup, part 1 of 2 left out",
        "mean learns parts/cup, part 2 of 2 left out",
        "mean scores 1 training images of parts/cup, part 2 of 2 left out",
    ]
    assert shelf.heard[-1] == ""
