"""AnomalyGPT as a model of a session: its words, its pixels, its settings, its replies."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="the baselines extra is not installed: make test-baselines")
for _package in ("transformers", "open_clip", "sentencepiece"):
    pytest.importorskip(_package, reason="the baselines extra is not installed: make test-baselines")

import anomalygpt_files

from baselines.anomalygpt import open_anomalygpt, sentences, shown
from baselines.anomalygpt.recipe import recipe_of
from iad_eval.errors import ModelError, UsageError
from iad_eval.identity import FileDigests
from iad_eval.pixels import read_image
from iad_eval.predictors import Calibrated, ModelContext, Predictor, Reply
from iad_eval.settings import DetectorSettings
from iad_eval.views import View
from iad_eval.words import ClassSamples, Json, Sample

ANSWER = "anomalygpt:answer"


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of all weights, laid out as it is looked for; the three trainings differ."""
    folder = tmp_path_factory.mktemp("weights")
    files = anomalygpt_files.write(folder)
    files.vicuna.rename(folder / "vicuna-7b-v0")
    for place, path in (
        ("pandagpt_7b_max_len_1024", files.pandagpt),
        ("anomalygpt/train_supervised", files.anomalygpt),
    ):
        (folder / place).mkdir(parents=True)
        path.rename(folder / place / "pytorch_model.pt")
    for seed, place in enumerate(("train_mvtec", "train_visa"), 1):
        (folder / "anomalygpt" / place).mkdir()
        draw = torch.Generator().manual_seed(seed)
        tensors = anomalygpt_files.drawn(anomalygpt_files.anomalygpt(anomalygpt_files.TINY), draw)
        torch.save(tensors, folder / "anomalygpt" / place / "pytorch_model.pt")
    return folder


class Line:
    """A folder of photographs, and models that are asked about them."""

    def __init__(self, root: Path, weights: Path) -> None:
        self.root, self.weights = root, weights
        self.said: list[str] = []

    def siblings(self, class_name: str = "bottle", train: int = 5, dataset: str = "mvtec") -> ClassSamples:
        folder = self.root / dataset / class_name
        samples = []
        for split, count in (("train", train), ("test", 2)):
            for number in range(count):
                path = folder / split / "good" / f"{number:03}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                photograph(hash_of(class_name, split, number)).save(path)
                samples.append(Sample(dataset, class_name, split, "good", path.stem, False, path))  # type: ignore[arg-type]
        return ClassSamples(tuple(samples[:train]), tuple(samples[train:]))

    def open(
        self, name: str, recipes: Mapping[str, Mapping[str, Json]] | None = None, **detectors: Any
    ) -> Predictor:
        return open_anomalygpt(name, self.context(recipes, **detectors))

    def context(
        self, recipes: Mapping[str, Mapping[str, Json]] | None = None, **detectors: Any
    ) -> ModelContext:
        settings = DetectorSettings(**{"device": "cpu", "weights": (("", self.weights),), **detectors})
        return ModelContext(
            self.root / "cache",
            0,
            FileDigests(),
            read_image,
            detectors=settings,
            recipes=recipes or {},
            workers=64,  # one thread for this one
            progress=self.said.append,
        )


def hash_of(class_name: str, split: str, number: int) -> int:
    return 1000 * len(class_name) + 100 * len(split) + number


def photograph(seed: int, size: tuple[int, int] = (40, 30)) -> Image.Image:
    coarse = np.random.default_rng(seed).integers(0, 256, (5, 6, 3), np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


def views(
    siblings: ClassSamples, images: Iterable[Image.Image], perturbation: str = "original"
) -> list[View]:
    return [
        View(siblings.test[0], siblings, perturbation, None, "k", image, None, 0.0, 0.0) for image in images
    ]


@pytest.fixture
def line(tmp_path: Path, weights: Path) -> Line:
    return Line(tmp_path, weights)


def ask(predictor: Predictor, asked: Iterable[View]) -> list[Reply]:
    replies = list(predictor.predict(asked))
    predictor.close()
    return replies


def test_the_score_is_the_maximum_of_the_map_on_the_photograph(line: Line) -> None:
    siblings = line.siblings()
    asked = views(siblings, [photograph(1), photograph(2), photograph(3, (224, 224))])
    replies = ask(line.open("anomalygpt"), asked)
    assert [reply.view for reply in replies] == asked
    assert len({reply.score for reply in replies}) == 3
    for reply in replies:
        assert reply.error is None
        assert reply.answer is None
        assert reply.score is not None
        assert 0 < reply.score < 1
        assert reply.anomaly_map is not None
        assert reply.anomaly_map.shape == (reply.view.image.height, reply.view.image.width)
        assert reply.anomaly_map.max() <= reply.score
    assert replies[2].anomaly_map is not None
    assert replies[2].anomaly_map.max() == replies[2].score


def test_scores_do_not_hang_on_who_is_looked_at_together(line: Line) -> None:
    siblings = line.siblings()
    images = [photograph(seed) for seed in range(5)]
    together = ask(line.open("anomalygpt", {"anomalygpt": {"batch": 4}}), views(siblings, images))
    alone = ask(line.open("anomalygpt", {"anomalygpt": {"batch": 1}}), views(siblings, images))
    assert [r.score for r in together] == pytest.approx([r.score for r in alone], abs=1e-6)


def test_an_answer_comes_with_the_score_of_the_map(line: Line) -> None:
    siblings, images = line.siblings(), [photograph(1), photograph(2)]
    recipe = {"anomalygpt": {"longest": 8}}
    replies = ask(line.open(ANSWER, recipe), views(siblings, images))
    scores = [reply.score for reply in ask(line.open("anomalygpt", recipe), views(siblings, images))]
    assert [reply.score for reply in replies] == pytest.approx(scores, abs=1e-6)
    assert all(reply.answer for reply in replies)
    assert [reply.answer for reply in replies] == [
        reply.answer for reply in ask(line.open(ANSWER, recipe), views(siblings, images))
    ]


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_less_precision_changes_little(line: Line, precision: str) -> None:
    """float16 is what a GPU runs in."""
    siblings, images = line.siblings(), [photograph(1), photograph(2)]
    recipe: dict[str, Json] = {"longest": 6, "precision": precision}
    replies = ask(line.open(ANSWER, {"anomalygpt": recipe}), views(siblings, images))
    exact = ask(line.open("anomalygpt"), views(siblings, images))
    assert [r.score for r in replies] == pytest.approx([r.score for r in exact], abs=0.05)
    assert all(reply.answer for reply in replies)


def test_an_answer_is_cut_by_two_tokens(line: Line) -> None:
    siblings, images = line.siblings(), [photograph(1)]
    short, long = (
        ask(line.open(ANSWER, {ANSWER: {"longest": longest}}), views(siblings, images))[0].answer
        for longest in (5, 8)
    )
    assert short
    assert long
    assert long.startswith(short)
    assert short.count("~") <= 3


def test_few_shots_are_the_training_images_from_the_named_one_on(line: Line) -> None:
    siblings = line.siblings()
    recipe: dict[str, Json] = {"path": "few-shot", "shots": 2, "reference": 1}
    predictor = line.open("anomalygpt", {"anomalygpt": recipe})
    seen = [read_image(sample.image_path) for sample in siblings.train]
    replies = ask(predictor, views(siblings, seen))
    scores = [reply.score for reply in replies]
    assert [number for number, score in enumerate(scores) if score is not None and score < 1e-5] == [1, 2]
    found = predictor.calibration(siblings, None)
    assert found is not None
    assert found.taken == "held-out"
    assert list(found.scores) == pytest.approx([scores[0], scores[3], scores[4]], abs=1e-6)


def test_a_map_of_few_shots_needs_imagebind_alone(line: Line, tmp_path: Path) -> None:
    folder = tmp_path / "only"
    folder.mkdir()
    (folder / "imagebind_huge.pth").symlink_to(line.weights / "imagebind_huge.pth")
    siblings = line.siblings()
    predictor = line.open("anomalygpt", {"anomalygpt": {"path": "few-shot"}}, weights=(("", folder),))
    assert ask(predictor, views(siblings, [photograph(1)]))[0].error is None


def test_too_few_training_images_are_named_once_for_a_class(line: Line) -> None:
    siblings = line.siblings(train=2)
    predictor = line.open("anomalygpt", {"anomalygpt": {"path": "few-shot", "reference": 12}})
    with pytest.raises(
        ModelError, match="has 2 training images, and anomalygpt compares with those from 12 to 12"
    ):
        predictor.identity(siblings, "original", None)
    replies = ask(predictor, views(siblings, [photograph(1), photograph(2)]))
    assert all(reply.error and "from 12 to 12" in reply.error for reply in replies)


def test_training_scores_are_those_of_the_training_images_asked_as_views(line: Line) -> None:
    siblings = line.siblings()
    predictor = line.open(ANSWER)
    found = predictor.calibration(siblings, None)
    assert found is not None
    assert found.taken == "in-sample"
    seen = [read_image(sample.image_path) for sample in siblings.train]
    alone = [reply.score for reply in ask(line.open("anomalygpt"), views(siblings, seen))]
    assert list(found.scores) == pytest.approx(alone, abs=1e-6)
    assert any("scores 5 training images of mvtec/bottle" in text for text in line.said)


def test_without_training_images_there_are_no_training_scores(line: Line) -> None:
    assert line.open("anomalygpt").calibration(line.siblings(train=0), None) is None


def test_a_missing_file_says_which_and_whose_and_where(line: Line, tmp_path: Path) -> None:
    predictor = line.open(ANSWER, weights=(("", tmp_path / "none"),))
    replies = ask(predictor, views(line.siblings(), [photograph(1), photograph(2)]))
    for reply in replies:
        assert reply.error is not None
        assert "ImageBind-Huge is missing" in reply.error
        assert "4.8 GB, CC BY-NC 4.0" in reply.error
        assert "--iad-weights imagebind=PATH" in reply.error


def test_identity_holds_what_decides_and_nothing_else(line: Line) -> None:
    siblings = line.siblings()
    as_map, as_answer = (
        dict(line.open(name).identity(siblings, "original", None)) for name in ("anomalygpt", ANSWER)
    )
    assert set(as_map["weights"]) == {"imagebind", "anomalygpt"}  # type: ignore[arg-type]
    assert set(as_answer["weights"]) == {"imagebind", "anomalygpt", "pandagpt", "vicuna"}  # type: ignore[arg-type]
    assert as_map["compared_with"] == "bottle"
    assert "prompt" not in as_map
    assert str(as_answer["prompt"]).endswith("Is there any anomaly in the image?")
    other = line.open("anomalygpt", {"anomalygpt": {"preprocessing": "squash"}})
    assert other.identity(siblings, "original", None) != as_map
    assert line.open("anomalygpt").identity(line.siblings(train=3), "original", None) == as_map


def test_training_scores_hang_on_the_images_that_are_scored(line: Line) -> None:
    predictor = line.open("anomalygpt")
    assert isinstance(predictor, Calibrated)
    first = predictor.calibration_identity(line.siblings(), None)
    assert first == predictor.calibration_identity(line.siblings(), None)
    assert first != predictor.calibration_identity(line.siblings(train=4), None)


@pytest.mark.parametrize(
    ("path", "dataset", "expected"),
    [
        ("supervised", "mvtec", "train_supervised"),
        ("supervised", "visa", "train_supervised"),
        ("unsupervised", "mvtec", "train_mvtec"),
        ("unsupervised", "visa", "train_visa"),
        ("few-shot", "mvtec", "train_visa"),
        ("few-shot", "visa", "train_mvtec"),
    ],
)
def test_weights_are_those_of_the_authors_for_path_and_dataset(
    line: Line, path: str, dataset: str, expected: str
) -> None:
    recipe = recipe_of(ANSWER, line.context({"anomalygpt": {"path": path}}))
    assert recipe.weights_for(dataset) == expected
    fixed = recipe_of(ANSWER, line.context({"anomalygpt": {"path": path, "weights": "train_mvtec"}}))
    assert fixed.weights_for(dataset) == "train_mvtec"


def test_two_datasets_may_want_two_trainings(line: Line) -> None:
    predictor = line.open("anomalygpt", {"anomalygpt": {"path": "unsupervised"}})
    classes = [line.siblings(dataset="mvtec"), line.siblings("pcb1", dataset="visa")]
    asked = [view for siblings in classes for view in views(siblings, [photograph(1)])]
    scores = [reply.score for reply in ask(predictor, asked)]
    assert None not in scores
    assert scores[0] != scores[1]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"path": "oneshot"}, "path is one of supervised, unsupervised, few-shot, not 'oneshot'"),
        ({"weights": "train_all"}, "weights is one of auto, train_supervised"),
        ({"preprocessing": "stretch"}, "preprocessing is one of crop, squash"),
        ({"shots": 0}, "shots is 1 or more, not 0"),
        ({"longest": 2}, "longest is 3 or more"),
        ({"top_p": 1.5}, "top_p is 0 to 1, not 1.5"),
        ({"shot": 1}, "no setting 'shot'.*Did you mean 'shots'"),
        ({"shots": "one"}, "shots takes a whole number"),
    ],
)
def test_a_setting_that_cannot_be_is_named(line: Line, table: dict[str, Json], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        line.open("anomalygpt", {"anomalygpt": table})


def test_answers_may_be_set_apart_from_maps(line: Line) -> None:
    tables: dict[str, dict[str, Json]] = {"anomalygpt": {"preprocessing": "squash"}, ANSWER: {"longest": 64}}
    assert recipe_of(ANSWER, line.context(tables)).preprocessing == "squash"
    assert recipe_of(ANSWER, line.context(tables)).longest == 64
    assert recipe_of("anomalygpt", line.context(tables)).longest == 512


def test_an_unknown_way_is_refused(line: Line) -> None:
    with pytest.raises(UsageError, match="anomalygpt:answer"):
        line.open("anomalygpt:answers")


def test_the_manifest_says_what_the_weights_have_seen_and_how_tokens_are_chosen(line: Line) -> None:
    told = line.open(ANSWER).describe()
    assert "anomalous photographs among them" in str(told["note"])
    assert str(told["decoding"]).startswith("greedy")


def test_sampling_is_the_same_for_the_same_seed(line: Line) -> None:
    siblings, recipe = line.siblings(), {ANSWER: {"top_p": 0.9, "longest": 12}}
    one, other = (ask(line.open(ANSWER, recipe), views(siblings, [photograph(1)]))[0] for _ in range(2))
    greedy = ask(line.open(ANSWER, {ANSWER: {"longest": 12}}), views(siblings, [photograph(1)]))[0]
    assert one.answer == other.answer != greedy.answer


@pytest.mark.parametrize(
    ("class_name", "word", "corrected"),
    [
        ("bottle", "bottle", "bottle"),
        ("metal_nut", "metal nut", "metal nut"),
        ("hazelnut", "hazelnut", "hazelnut"),
        ("zipper", "zipper", "zipper"),
        ("capsules", "capsule", "capsules"),
        ("chewinggum", "object", "chewinggum"),
        ("macaroni2", "macaroni", "macaroni2"),
        ("pcb4", "pcb", "pcb4"),
        ("pipe_fryum", "fryum", "pipe fryum"),
        ("hex_nut", "object", "hex nut"),
    ],
)
def test_classes_go_under_the_authors_words_or_their_own(class_name: str, word: str, corrected: str) -> None:
    assert sentences.class_word(class_name) == word
    assert sentences.class_word(class_name, is_corrected=True) == corrected


def test_a_part_is_described_as_the_authors_describe_it() -> None:
    assert sentences.description("fryum") == (
        "This is a photo of a fryum for anomaly detection on green background, which should be without any "
        "damage, flaw, defect, scratch, hole or broken part."
    )
    assert "chewinggom" in sentences.description("chewinggum")
    assert "chewinggom" not in sentences.description("chewinggum", is_corrected=True)
    assert sentences.description("hex_nut").startswith("This is a photo of a hex nut for anomaly detection, ")


def test_a_state_is_put_in_two_sentences() -> None:
    good, bad = sentences.states("pill")
    assert (len(good), len(bad)) == (14, 10)
    assert good[:2] == ["a photo of a pill.", "a photo of the pill."]
    assert bad[-1] == "a photo of the pill with damage."


def test_the_middle_is_cut_out_at_the_size_of_the_short_side() -> None:
    """448 x 336 becomes 298 x 224 (298.67, rounded down), of which 37 columns go on either side."""
    left, top, right, bottom = shown.box((448, 336), "crop")
    assert (left, right) == pytest.approx((37 * 448 / 298, 261 * 448 / 298))
    assert (top, bottom) == (0, 336)
    assert shown.box((448, 336), "squash") == (0, 0, 448, 336)
    assert shown.prepared(photograph(0, (448, 336)), "crop").shape == (3, 224, 224)


def test_pixels_are_brought_to_clips_mean_and_deviation() -> None:
    white = shown.prepared(Image.new("RGB", (10, 20), "white"), "crop")
    assert math.isclose(white[0, 0, 0], (1 - 0.48145466) / 0.26862954, rel_tol=1e-6)
    assert math.isclose(white[2, 223, 223], (1 - 0.40821073) / 0.27577711, rel_tol=1e-6)
