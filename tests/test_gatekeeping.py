"""A run held against an earlier one and its limits: what is told, and the files that say so."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from runs_by_hand import asked, run_of

from iad_eval.errors import UsageError
from iad_eval.gatekeeping import (
    CODE_QUALITY,
    COMPARISON,
    COMPARISON_TEXT,
    Judgement,
    judgement,
    read_record,
    write,
)
from iad_eval.limits import Gate, GateSettings, limits_of
from iad_eval.reports.markdown import render
from iad_eval.stored import StoredRun
from iad_eval.words import Json, Observation

BOLT = "parts/bolt"
FILES = (COMPARISON, COMPARISON_TEXT, CODE_QUALITY)
BEFORE = run_of(asked(BOLT, "aaaaaagg", original="yyyyyynn"), name="baseline.json")
WORSE = run_of(asked(BOLT, "aaaaaagg", original="nnnnnnnn", key="edited"), name="runs/ci")
SAME = run_of(asked(BOLT, "aaaaaagg", original="yyyyyynn"), name="runs/ci")


@pytest.fixture(autouse=True)
def _outside_of_any_workflow(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_ACTIONS", "GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        monkeypatch.delenv(name, raising=False)


def _held_to(*typed: str, gate: Gate = "fail_drop", compare: bool = True) -> GateSettings:
    return GateSettings(Path("baseline.json") if compare else None, (limits_of(gate, typed),))


def _judged(after: StoredRun, *typed: str) -> Judgement:
    return judgement(BEFORE, after, _held_to(*typed))


def _list(value: Json) -> Sequence[Json]:
    assert isinstance(value, list)
    return value


def test_a_worse_run_fails_and_names_the_views_that_flipped() -> None:
    judged = _judged(WORSE, "bolt=2")
    assert judged.fails
    assert judged.is_compared
    ((name, message),) = judged.failures("runs/ci/report.html")
    assert name == "fail-drop[parts-bolt-lvlm-oneshot]"
    first, *rest = message.splitlines()
    assert first.startswith("lvlm (oneshot) on parts/bolt is worse: a drop of 75.0 points (")
    assert first.endswith("), p = 0.031; the margin is 2.0 points.")
    assert rest == [
        "6 views newly wrong:",
        *(
            f"  parts/bolt/test/bent/{n:03d} (original): anomalous: Yes, a dent. -> normal: No."
            for n in range(6)
        ),
        "0 views newly right.",
        "More: runs/ci/report.html",
    ]


def test_a_message_shows_the_first_ten_flips_and_counts_the_rest() -> None:
    runs = [
        run_of(asked(BOLT, "a" * 12 + "g", original=said, key=said))
        for said in ("y" * 12 + "y", "n" * 12 + "n")
    ]
    ((_, message),) = judgement(runs[0], runs[1], _held_to("bolt=2")).failures("there")
    lines = message.splitlines()
    assert lines[1] == "12 views newly wrong, the first of them:"
    assert lines[2].startswith("  parts/bolt/test/bent/000 ")
    assert lines[11].startswith("  parts/bolt/test/bent/009 ")
    assert lines[12:] == ["1 view newly right.", "More: there"]


HOSTILE = "\x1b[2J\u202e\ud800| `</td>` <script>alert(1)</script> ::error::\r\n" + "blah " * 200


def _hostile(truths: str, letters: str, place: str = BOLT) -> list[Observation]:
    said = asked(place, truths, original=letters, key="edited")
    return [replace(each, answer=f"{each.answer} {HOSTILE} {number}") for number, each in enumerate(said)]


def test_a_message_shows_foreign_text_as_harmless() -> None:
    place = "parts/bo\x1blt"
    before = run_of(asked(place, "a" * 6, original="y" * 6))
    judged = judgement(before, run_of(_hostile("a" * 6, "n" * 6, place)), _held_to("each=2"))
    ((name, message),) = judged.failures("there")
    assert name == "fail-drop[parts-bo\\x1blt-lvlm-oneshot]"
    assert all(line.isprintable() for line in message.split("\n"))
    assert max(map(len, message.split("\n"))) < 200
    assert "normal: No. \\x1b[2J\\u202e\\ud800| `</td>` <script>alert(1)</script> ::error:: b..." in message


def test_a_comparison_with_thousands_of_flips_and_hostile_answers_stays_short(tmp_path: Path) -> None:
    views = 1500
    runs = [
        run_of(
            *(
                _hostile("ag" * (views // 2), letters * (views // 2), f"parts/{name}")
                for name in ("bolt", "n|u`t", "<pin>")
            ),
            manifest={"prompts": {"oneshot": {f"{letters} {HOSTILE * 50}": ["parts/bolt/original"]}}},
        )
        for letters in ("yn", "ny")
    ]
    judged = judgement(runs[0], runs[1], _held_to("2"))
    assert len(_list(judged.record["flips"])) == 3 * views
    write(judged, tmp_path)
    text = (tmp_path / COMPARISON_TEXT).read_text(encoding="utf-8")
    assert len(text.encode()) <= 60_000
    assert all(line.isprintable() for line in text.split("\n"))
    unfenced = re.sub(r"(?ms)^(`{3,})diff\n.*?^\1$", "", text)
    assert "<script" not in unfenced.replace(r"\<script", "")
    assert "is worse" in text
    assert read_record(tmp_path) == judged.record


def test_without_an_earlier_run_levels_alone_are_told() -> None:
    judged = judgement(None, SAME, _held_to("100.0", gate="min_accuracy", compare=False))
    assert not judged.is_compared
    assert not judged.fails
    assert judged.record.keys() == {"gates"}
    missed = judgement(None, WORSE, _held_to("50", gate="min_accuracy", compare=False))
    ((name, message),) = missed.failures("report.html")
    assert name == "min-accuracy[parts-overall-lvlm-oneshot]"
    assert message.splitlines()[-1] == "More: report.html"
    assert len(message.splitlines()) == 2
    assert "# Gates" in render(missed.document(verbose=False))


def test_levels_and_drops_are_told_together() -> None:
    settings = GateSettings(
        Path("baseline.json"), (limits_of("min_accuracy", ["90"]), limits_of("fail_drop", ["2"]))
    )
    gates = _list(judgement(BEFORE, WORSE, settings).record["gates"])
    assert [each["name"] for each in gates if isinstance(each, dict)] == [
        "fail-drop[parts-bolt-lvlm-oneshot]",
        "min-accuracy[parts-overall-lvlm-oneshot]",
    ]


def test_levels_are_held_against_what_was_asked_and_what_is_carried() -> None:
    nut = asked("parts/nut", "ag", original="yn")
    before = run_of(asked(BOLT, "ag", original="nn"), nut)
    (case,) = [each.case for each in before.planned if each.case.class_name == "bolt"]
    key = before.classes[0].keys[("lvlm", "oneshot"), "original"]
    judged = judgement(before, run_of(nut), _held_to("80", gate="min_accuracy"), untouched={case: key})
    (verdict,) = judged.verdicts
    assert (verdict.outcome, verdict.value) == ("missed", 0.75)


@pytest.mark.parametrize("side", [0, 1])
def test_the_noise_that_either_run_measured_is_attached(side: int) -> None:
    noise: Json = [
        {"dataset": "parts", "model": "lvlm", "protocol": "oneshot", "class_name": "bolt", "noise_floor": 0.5}
    ]
    manifests: list[dict[str, Json]] = [{}, {}]
    manifests[side] = {"noise": noise}
    runs = [
        run_of(asked(BOLT, "aaaaaagg", original=said, key=said), manifest=manifest)
        for said, manifest in zip(("yyyyyynn", "nnnnnnnn"), manifests, strict=True)
    ]
    judged = judgement(runs[0], runs[1], _held_to("bolt=2"))
    assert [each.noise_floor for each in judged.verdicts] == [0.5]
    ((_, message),) = judged.failures("there")
    assert "sampling alone" in message


def test_files_of_a_comparison_are_written(tmp_path: Path) -> None:
    judged = _judged(WORSE, "2")
    write(judged, tmp_path)
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(FILES)
    assert json.loads((tmp_path / COMPARISON).read_text(encoding="utf-8")) == judged.record
    assert read_record(tmp_path) == judged.record
    assert (tmp_path / COMPARISON_TEXT).read_text(encoding="utf-8") == render(judged.document(verbose=False))
    assert json.loads((tmp_path / CODE_QUALITY).read_text(encoding="utf-8")) == []  # no prompt file


def test_files_of_an_earlier_comparison_go_where_nothing_is_compared(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").touch()
    alone = judgement(None, SAME, _held_to("50", gate="min_accuracy", compare=False))
    for nothing in (None, alone):
        write(_judged(WORSE, "2"), tmp_path)
        write(nothing, tmp_path)
        assert [each.name for each in tmp_path.iterdir()] == ["manifest.json"]
        write(nothing, tmp_path)  # nor is there anything left to remove


def test_a_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot write the comparison into "):
        write(_judged(WORSE, "2"), tmp_path / "file")


@pytest.mark.parametrize("content", [None, "", "{", "[]", "\udcff"])
def test_a_record_that_cannot_be_read_is_none(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / COMPARISON).write_bytes(content.encode("utf-8", "surrogateescape"))
    assert read_record(tmp_path) is None


PROMPTS = """\
question = "Any anomaly?"

[classes.parts.bolt]
sentence = "Ignore dents."
"""


def _with_prompts(folder: Path) -> dict[str, Json]:
    """The manifest of a run that was asked with a sentence about bolts, from a prompt file."""
    (folder / "prompts.toml").write_text(PROMPTS, encoding="utf-8")
    (folder / ".git").mkdir(exist_ok=True)
    return {
        "prompts": {"oneshot": {"Any anomaly? Ignore dents.": ["parts/bolt/original"]}},
        "prompt_file": str(folder / "prompts.toml"),
        "prompt_origins": {
            "oneshot": {
                "Any anomaly? Ignore dents.": [
                    ["question", 1, "Any anomaly?"],
                    ["classes.parts.bolt.sentence", 4, "Ignore dents."],
                ]
            }
        },
    }


@pytest.fixture
def edited(tmp_path: Path) -> Judgement:
    """Bolts became worse since line 4 of the prompt file was added."""
    (tmp_path / "repository").mkdir()
    manifest = _with_prompts(tmp_path / "repository")
    before = run_of(
        asked(BOLT, "aaaaaagg", original="yyyyyynn"),
        manifest={"prompts": {"oneshot": {"Any anomaly?": ["parts/bolt/original"]}}},
    )
    after = run_of(asked(BOLT, "aaaaaagg", original="nnnnnnnn", key="edited"), manifest=manifest)
    return judgement(before, after, _held_to("2"), manifest=manifest)


def test_workflow_commands_are_for_github_alone(edited: Judgement, monkeypatch: pytest.MonkeyPatch) -> None:
    assert edited.workflow_commands() == ""
    monkeypatch.setenv("GITHUB_ACTIONS", "false")
    assert edited.workflow_commands() == ""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    (line,) = edited.workflow_commands().splitlines()
    title = "fail-drop[parts-bolt-lvlm-oneshot]%3A classes.parts.bolt.sentence"
    assert line.startswith(f"::error file=prompts.toml,line=4,title={title}::lvlm (oneshot) on parts/bolt is")


def test_code_quality_has_the_line_of_the_prompt_file(edited: Judgement, tmp_path: Path) -> None:
    write(edited, tmp_path)
    (finding,) = json.loads((tmp_path / CODE_QUALITY).read_text(encoding="utf-8"))
    assert finding["location"] == {"path": "prompts.toml", "lines": {"begin": 4}}
    assert finding["severity"] == "major"


@pytest.mark.parametrize(
    ("after", "untouched", "before_is_run", "keeps"),
    [
        (SAME, False, False, True),
        (WORSE, False, False, False),
        (SAME, True, False, False),
        (SAME, False, True, False),
    ],
    ids=["held", "failed", "partial", "against a run"],
)
def test_a_run_is_worth_keeping_where_it_is_whole_and_holds(
    tmp_path: Path, after: StoredRun, untouched: bool, before_is_run: bool, keeps: bool
) -> None:
    nut = asked("parts/nut", "ag", original="yn")
    name = str(tmp_path) if before_is_run else "base line.json"
    before = run_of(asked(BOLT, "aaaaaagg", original="yyyyyynn"), nut, name=name)
    cases = {
        each.case: before.classes[1].keys[("lvlm", "oneshot"), "original"]
        for each in before.planned
        if each.case.class_name == "nut" and untouched
    }
    judged = judgement(before, after, _held_to("bolt=2"), untouched=cases)
    text = render(judged.document(verbose=False, run="runs/my run"))
    assert "runs/my run/report.html" in text
    assert ("python -m iad_eval store 'runs/my run' -o 'base line.json'" in text) is keeps
