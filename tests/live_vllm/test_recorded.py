"""Asked live, the embedded model says what was recorded of it."""

from __future__ import annotations

from pathlib import Path

from live import answers, finished, run_cases

from iad_eval.predictors import TINY
from iad_eval.store import read_records
from iad_eval.verdicts import read_answer

CLASSES = ("crown_cap", "tile")


def test_asked_live_it_agrees_with_what_was_recorded(tmp_path: Path) -> None:
    arguments = [word for name in CLASSES for word in ("--iad-class", name)]
    text = finished(run_cases(tmp_path, *arguments), timeout_s=900)
    assert "8 passed" in text, text
    live = {each["key"]: each for each in answers(tmp_path).values()}
    recorded = {
        str(record["key"]): record for name in CLASSES for record in read_records(TINY / "recorded" / name)
    }
    assert len(live) == 2 * 72 * 4
    assert set(live) <= set(recorded)
    differ = [
        key for key in live if read_answer(live[key]["answer"]) != read_answer(str(recorded[key]["answer"]))
    ]
    assert len(differ) <= 2, "verdicts on the edge may round otherwise on another machine"
    scores = [abs(live[key]["score"] - float(str(recorded[key]["score"]))) for key in live]
    assert max(scores) < 0.05
