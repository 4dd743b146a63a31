"""From an edited prompt to a verdict on a live engine: the drawn dataset, the embedded LVLM."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from driving import observed
from live import finished, run_cases

from iad_eval.cli import main

ORIGINAL = ("--iad-perturbation", "original")
INVERTED = """\
[classes.synthetic.gear]
sentence = "Is the second image as good as the first one? Reply yes if it is good, no if it has a crack, a \
dent, a stain or dust on it; the timestamp, the rotation, the frame and the shadow do not count, and neither \
do reflections, compression artefacts, slight changes of colour or differences in sharpness and position of \
the part."
"""


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of all classes from recorded answers, as a team would have committed it."""
    folder = tmp_path_factory.mktemp("stored")
    text = finished(run_cases(folder, *ORIGINAL, "--iad-recorded", "yes"))
    assert "8 passed" in text, text
    assert main(["store", str(folder / "run"), "-o", str(folder / "baseline.json")]) == 0
    return folder / "baseline.json"


def test_a_prompt_that_inverts_the_question_of_one_class_fails_the_gate_and_names_it(
    stored: Path, tmp_path: Path
) -> None:
    prompts = tmp_path / "prompts.toml"
    prompts.write_text(INVERTED)
    asked = (*ORIGINAL, "--iad-recorded", "yes", "--iad-prompts", str(prompts))
    gate = ("--iad-compare", str(stored), "--iad-fail-drop", "2", "--iad-changed-only")
    process = run_cases(tmp_path, *asked, *gate)
    text = finished(process)
    assert process.returncode == 1, text
    assert "synthetic/gear is worse: a drop of" in text
    assert "2 failed, 1 passed" in text
    assert text.index("+ Is the second image as good") < text.index("views newly wrong\n")
    run = tmp_path / "run"
    live = [each for each in observed(run) if "recorded" not in each["details"]]
    assert {each["class_name"] for each in live} == {"gear"}
    assert len(live) == 72
    gates = {each["class_name"]: each for each in json.loads((run / "comparison.json").read_text())["gates"]}
    assert {name for name, each in gates.items() if each["fails"]} == {None, "gear"}
    assert gates["gear"]["value"] > 0.2
    assert gates["weave"]["outcome"] == "unchanged"


def test_another_seed_and_the_same_prompt_pass(stored: Path, tmp_path: Path) -> None:
    drawn = ("--iad-lvlm", "temperature=0.3", "--iad-class", "gear", "--iad-class", "weave")
    first = finished(run_cases(tmp_path / "first", *ORIGINAL, *drawn))
    assert "2 passed" in first, first
    gate = ("--iad-compare", str(tmp_path / "first" / "run"), "--iad-fail-drop", "2", "--iad-seed", "1")
    text = finished(run_cases(tmp_path / "second", *ORIGINAL, *drawn, *gate))
    assert "2 passed" in text, text
    assert "seed" in text
    assert "is worse" not in text
