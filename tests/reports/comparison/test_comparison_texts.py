"""What people read of a comparison, compared with stored texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import made_by_hand
import pytest
from runs_by_hand import case_of, rekeyed, run_of

from iad_eval.gatekeeping import Judgement, judgement
from iad_eval.limits import GateSettings, limits_of
from iad_eval.reports import markdown
from iad_eval.reports.terminal import text_for
from iad_eval.stored import StoredRun
from iad_eval.storing import held_key
from iad_eval.words import Case, Json, Observation

Golden = Callable[[str, str], None]

OLD = (
    "The second image is for anomaly detection. Does the second image have any anomaly compared to the first "
    "image? Reply yes or no, then explain. Mind the rim."
)
NEW = (
    "The second image is for anomaly detection. Does the second image have any anomaly compared to the first "
    "image? Reply yes or no, then explain. Ignore dents. They come from handling."
)
PLACES: list[Json] = [f"parts/bolt/{view}" for view in made_by_hand.PERTURBATIONS]
MANIFEST: dict[str, Json] = {
    "seed": 0,
    "configuration": {"limit": None, "models": {"lvlm": {"temperature": 0.3}}},
    "prompts": {"oneshot": {OLD: PLACES}},
    "packages": {"numpy": "2.3.1", "vllm": "0.32.0"},
    "git_commit": "1a2b3c4d5e6f",
}
EDITED: dict[str, Json] = {
    **MANIFEST,
    "prompts": {"oneshot": {NEW: PLACES}},
    "packages": {"numpy": "2.3.1", "vllm": "0.33.0"},
    "git_commit": "6f5e4d3c2b1a",
    "noise": [
        {
            "dataset": "parts",
            "model": "lvlm",
            "protocol": "oneshot",
            "class_name": "washer",
            "noise_floor": 0.031,
        }
    ],
}
HOSTILE = (
    "No.\x1b[2J These | marks_are_from <b>handling</b>, *not* damage, and the rim is as in the first image."
)


def _stored(observations: list[Observation], name: str, manifest: dict[str, Json]) -> StoredRun:
    return run_of(observations, name=name, training=made_by_hand.training(), manifest=manifest)


def _edited(observation: Observation) -> Observation:
    """Bolts are judged the other way round; a washer is found, another no longer; glass scores anew."""
    each = observation
    number = int(each.sample[-3:])
    if each.model == "glass" and each.class_name == "bolt":
        assert each.score is not None
        score = 2.2 if number in (8, 9, 10) else each.score - 0.05 * (number == 4)
        return replace(each, score=score, key=f"edited {each.key}")
    if each.protocol != "oneshot" or each.error is not None:
        return each
    if each.class_name == "bolt":
        return replace(
            each, answer=HOSTILE if each.is_anomalous else "Yes, unusual light.", key=f"edited {each.key}"
        )
    if number == 7:
        return replace(each, answer="Yes, a dent at the edge.", key=f"edited {each.key}")
    if number == 1 and each.perturbation == "rotated":
        return replace(each, answer="Yes.", key=f"edited {each.key}")
    return each


def _uneventful() -> Judgement:
    said = rekeyed(made_by_hand.observations())
    before, after = _stored(said, "baseline.json", MANIFEST), _stored(said, "runs/ci", MANIFEST)
    return judgement(before, after, GateSettings(Path("baseline.json"), (limits_of("fail_drop", ["2"]),)))


def _eventful() -> Judgement:
    """A prompt was edited, one model was left out since it is untouched, one was not run on washers."""
    said = rekeyed(made_by_hand.observations())
    before = _stored(said, "baseline.json", MANIFEST)
    asked = [
        _edited(each)
        for each in said
        if each.model != "detector" and (each.protocol, each.class_name) != ("zeroshot", "washer")
    ]
    asked = [
        replace(each, image_digest="another") if each.sample.endswith("washer/test/scratch/010") else each
        for each in asked
    ]
    keys: dict[Case, dict[str, str]] = {}
    for each in said:
        if each.model == "detector":
            keys.setdefault(case_of(each), {})[each.sample] = each.key
    untouched = {case: str(held_key(before, case, of)) for case, of in keys.items()}
    limits = (
        limits_of("fail_drop", ["2", "washer=1"]),
        limits_of("min_accuracy", ["60", "each=50"]),
        limits_of("max_unreadable", ["bolt=5"]),
        limits_of("max_average_drop", ["25"]),
    )
    settings = GateSettings(Path("baseline.json"), limits)
    after = _stored(asked, "runs/ci", EDITED)
    return judgement(before, after, settings, untouched=untouched, manifest=EDITED)


RUNS = {"eventful": _eventful, "uneventful": _uneventful}


@pytest.mark.parametrize(
    ("name", "width", "verbose"),
    [
        ("eventful", 80, False),
        ("eventful", 160, False),
        ("eventful", 160, True),
        ("uneventful", 80, False),
        ("uneventful", 160, False),
    ],
)
def test_terminal(name: str, width: int, verbose: bool, golden: Golden) -> None:
    text = text_for(RUNS[name]().document(verbose=verbose, run="runs/ci"), width=width, colour=False)
    assert "\x1b" not in text
    assert all(len(line) <= width for line in text.splitlines())
    golden(f"comparison-{name}-{width}{'-verbose' if verbose else ''}.txt", text)


def test_ascii_terminal() -> None:
    document = _eventful().document(verbose=True, run="runs/ci")
    assert text_for(document, width=80, colour=False, ascii_only=True).isascii()


@pytest.mark.parametrize("name", RUNS)
def test_markdown(name: str, golden: Golden) -> None:
    golden(f"comparison-{name}.md", markdown.render(RUNS[name]().document(verbose=False, run="runs/ci")))


def test_gates_alone(golden: Golden) -> None:
    limits = (limits_of("min_accuracy", ["60", "each=50"]), limits_of("max_unreadable", ["5"]))
    after = _stored(rekeyed(made_by_hand.observations()), "runs/ci", MANIFEST)
    judged = judgement(None, after, GateSettings(None, limits))
    golden("gates-80.txt", text_for(judged.document(verbose=False), width=80, colour=False))
