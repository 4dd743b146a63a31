"""The packed gallery can be unpacked by anybody: every view, and what every model made of it."""

from __future__ import annotations

import base64
import gzip
import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from observing import view_of
from page_runs import PageRun

from iad_eval.reports.page.gallery import gallery
from iad_eval.reports.page.payload import packed, payload
from iad_eval.words import Json, Observation, TrainingScores

Element = tuple[str, dict[str, str], str]
Said = tuple[str, float | None, str | None]
"""The verdict's sign, the score, the answer or error."""

TRAINING = [TrainingScores("parts", "cap", "glass", None, (0.0, 1.0), "leave-one-out", "k")]
HEADLINES: Mapping[str, Json] = {
    "rows": [
        {"dataset": "parts", "model": model, "protocol": protocol, "perturbation": "original"}
        | {"class_name": None, "threshold": threshold, "headline": True}
        for model, protocol, threshold in (("glass", None, "max"), ("lvlm", "oneshot", "answer"))
    ]
}
PLAIN = st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp")), min_size=1, max_size=20)
"""Text that has nothing to be made harmless."""


def unpacked(data: str) -> dict[str, Any]:
    """Base64 of gzip of JSON, as the page's data element says."""
    found = json.loads(gzip.decompress(base64.b64decode(data, validate=True)).decode("utf-8"))
    assert isinstance(found, dict)
    return found


def everything_said(columns: Mapping[str, Any]) -> dict[tuple[str, str, str], Said]:
    """(sample, perturbation, model's label) -> what was said, from columns of one entry a view."""
    photographs, views = columns["photographs"], columns["views"]
    found = {}
    for entrant in columns["entrants"]:
        for view, place in enumerate(views["photograph"]):
            if entrant["verdicts"][view] == "-":
                continue
            said = entrant["said"][view] if entrant["said"] else -1
            found[
                photographs["sample"][place],
                columns["perturbations"][views["perturbation"][view]],
                entrant["label"],
            ] = (
                entrant["verdicts"][view],
                entrant["scores"][view] if entrant["scores"] else None,
                None if said == -1 else columns["texts"][said],
            )
    return found


def _sign(each: Observation, threshold: float) -> str:
    if each.error is not None:
        return "f"
    if each.score is not None:
        return "a" if each.score > threshold else "n"
    return {"Yes": "a", "No,": "n"}.get((each.answer or "")[:3].rstrip("."), "u")


def test_the_page_of_a_small_run_holds_every_view_and_every_verdict(
    small_run: PageRun, elements: Callable[[str], list[Element]]
) -> None:
    [data] = [
        text for _, named, text in elements(small_run.page()) if named.get("type", "").endswith(";base64")
    ]
    found = everything_said(unpacked(data))
    labels = {"lvlm": "lvlm (zeroshot)"}
    assert len(found) == len(small_run.observations) == 12 * 4 * 4
    assert {sign for sign, _, _ in found.values()} == {"a", "n", "u", "f"}
    for each in small_run.observations:
        sign, score, text = found[each.sample, each.perturbation, labels.get(each.model, each.model)]
        assert sign == _sign(each, 1.07), each
        assert score == (None if each.score is None else pytest.approx(each.score, rel=5e-4))
        assert text == (each.answer if each.error is None else each.error)


def test_each_view_knows_its_photograph_and_its_files(small_run: PageRun) -> None:
    columns = _columns(small_run.observations, small_run.training, small_run.summary, small_run.run)
    assert columns["datasets"] == ["parts"]
    assert columns["classes"] == [[0, "cap"], [0, "washer"]]
    assert columns["defects"] == ["good", "hole", "scratch"]
    assert columns["perturbations"] == ["original", "rotated", "padded", "timestamp"]
    photographs, views = columns["photographs"], columns["views"]
    assert photographs["anomalous"] == "001111001111"
    assert views["photograph"] == [photograph for photograph in range(12) for _ in range(4)]
    assert views["perturbation"] == [0, 1, 2, 3] * 12
    assert views["held"] == "11111111" + "3333" * 4 + "11111111" + "3333" * 4
    assert views["mask"][8:16] == [0.01] * 4 + [0.02] * 4
    assert views["hidden"] == [[15, 0.7], [23, 0.7], [39, 0.7], [47, 0.7]]
    for folder, file in ((folder, file) for folder in photographs["folder"] for file in columns["files"]):
        assert (small_run.run / "pictures" / folder / f"{file}.jpg").is_file()


def test_maps_carry_their_own_range_and_their_class_has_a_typical_one(small_run: PageRun) -> None:
    columns = _columns(small_run.observations, small_run.training, small_run.summary, small_run.run)
    by_label = {each["label"]: each for each in columns["entrants"]}
    assert by_label["quiet-net"]["maps"] is None
    maps = by_label["patch-knn"]["maps"]
    assert len(set(maps["key"])) == 48
    originals = slice(0, 24, 4)  # of the first class's six photographs in four views
    assert maps["range"][0] == pytest.approx(
        [median(maps[end][originals]) for end in ("low", "high")], rel=5e-3
    )
    path = small_run.run / "maps" / by_label["patch-knn"]["folder"] / f"{maps['key'][7]}.png"
    assert path.is_file()


def test_the_same_gallery_is_packed_into_the_same_bytes_whatever_the_records_order(
    small_run: PageRun,
) -> None:
    made = [
        gallery(seen, small_run.training, small_run.summary, small_run.manifest, small_run.run)
        for seen in (small_run.observations, small_run.observations[::-1])
    ]
    assert packed(made[0]) == packed(made[1])


def test_an_empty_gallery_can_be_packed() -> None:
    columns = unpacked(packed(gallery([], [], {}, {}, Path("nowhere"))))
    assert columns["entrants"] == columns["texts"] == columns["views"]["photograph"] == []


@st.composite
def _runs(draw: st.DrawFn) -> list[Observation]:
    """A detector's scores and an LVLM's answers of some views; some failed, some were not asked."""
    places = st.tuples(st.integers(0, 3), st.booleans(), st.sampled_from(("original", "rotated", "my own")))
    found = []
    for stem, truth, view in draw(st.lists(places, unique=True, max_size=8)):
        lines = [draw(st.sampled_from(("Yes.", "No,", "Hm.")))]
        lines += draw(st.lists(PLAIN, max_size=2)) if lines != ["Hm."] else []
        score = draw(st.floats(-1e9, 1e9) | st.none())
        said: dict[str, Any] = {"error": draw(PLAIN)} if score is None else {"score": score}
        if draw(st.booleans()):
            found.append(view_of("parts/cap", stem, truth, view, **said))
        answer = {"model": "lvlm", "protocol": "oneshot", "answer": "\n".join(lines)}
        found.append(view_of("parts/cap", stem, truth, view, **answer))
    return found


@given(_runs())
@settings(max_examples=60, deadline=None)
def test_packing_keeps_verdicts_answers_and_four_digits_of_scores(observations: list[Observation]) -> None:
    shown = gallery(observations, TRAINING, HEADLINES, {}, Path("nowhere"))
    found = everything_said(unpacked(packed(shown)))
    assert len(found) == len(observations)
    for each in observations:
        label = "glass" if each.model == "glass" else "lvlm (oneshot)"
        sign, score, text = found[each.sample, each.perturbation, label]
        assert sign == _sign(each, 1.0)
        assert text == (each.error if each.error is not None else each.answer)
        assert (score is None) == (each.score is None)
        if score is not None and each.score is not None:
            assert math.isclose(score, each.score, rel_tol=5.0001e-4)


def _columns(
    observations: Sequence[Observation],
    training: Sequence[TrainingScores],
    summary: Mapping[str, Json],
    run: Path,
) -> Any:
    return payload(gallery(observations, training, summary, {}, run))
