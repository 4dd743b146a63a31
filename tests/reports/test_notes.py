from __future__ import annotations

from iad_eval.reports.notes import notes
from iad_eval.words import Json


def test_a_models_note_is_told_and_nothing_else() -> None:
    manifest: dict[str, Json] = {
        "configuration": {
            "models": {
                "patch-knn": {"version": 1},
                "glass": {"note": "selected on the test set", "version": 1},
            }
        }
    }
    assert [block.text for block in notes(manifest)] == ["glass: selected on the test set."]


def test_runs_without_a_configuration_have_no_notes() -> None:
    assert notes({}) == []
    assert notes({"configuration": {}}) == []
