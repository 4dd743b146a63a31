"""What a report tells to type next: only what helps, as it has to be typed here."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

import pytest
from observing import view_of

from iad_eval.reports.next_steps import next_steps
from iad_eval.summary import summarise
from iad_eval.words import Json

MISSING, CLOSER, WEAKEST = "ask for what is missing", "class by class", "the weakest class alone"
SHARE, TABLE = "this report to share", "every view's score and verdict"
PAGE = "the page with figures and all pictures"


def _summary(*, missing: int = 0, classes: Sequence[str] = ("bolt", "nut")) -> dict[str, Json]:
    """Of the first class half is judged rightly, of the others all."""
    views = [
        view_of(
            f"parts/{name}", stem, stem > 1, answer="Yes." if stem > 1 and (number or stem > 2) else "No."
        )
        for number, name in enumerate(classes)
        for stem in range(4)
    ]
    return summarise(views, [], asked=len(views) + missing, seed=0)


def _steps(
    summary: dict[str, Json],
    *commands: Sequence[str],
    verbose: bool = False,
    has_page: bool = False,
    **more: Any,
) -> dict[str, list[str]]:
    """Purpose -> what to type; a session for each command, the last one's is the manifest's own."""
    manifest = {"command_line": list(commands[-1])} if commands else {}
    sessions = [{"started": str(number), "command_line": list(each)} for number, each in enumerate(commands)]
    told = next_steps(
        summary,
        {**manifest, "sessions": sessions},
        more.get("run", "runs/one"),
        verbose=verbose,
        has_page=has_page,
    )
    found: dict[str, list[str]] = {}
    for purpose, typed in told.steps:
        found.setdefault(purpose, []).append(typed)
    return found


def test_a_whole_run_is_looked_at_more_closely() -> None:
    assert _steps(_summary(), ["/usr/bin/pytest", "cases", "-q", "--iad-limit", "3"]) == {
        CLOSER: ["python -m iad_eval report runs/one -v"],
        WEAKEST: ["pytest cases --iad-limit 3 -m 'iad(class_name=\"bolt\")' -v"],
        SHARE: ["runs/one/report.md"],
        TABLE: ["runs/one/predictions.csv"],
    }


def test_what_has_been_done_is_not_told_again() -> None:
    found = _steps(_summary(), ["pytest", "cases"], verbose=True, has_page=True)
    assert list(found) == [WEAKEST, PAGE, SHARE, TABLE]
    assert found[PAGE] == ["runs/one/report.html"]


def test_missing_views_are_asked_for_in_this_run() -> None:
    found = _steps(
        _summary(missing=1), ["pytest", "cases", "--iad-dataset", "folder:my parts"], run="runs/a b"
    )
    assert found[MISSING] == ["pytest cases --iad-dataset 'folder:my parts' --iad-run 'runs/a b'"]
    assert found[CLOSER] == ["python -m iad_eval report 'runs/a b' -v"]


@pytest.mark.parametrize("named", [["--iad-run", "part"], ["--iad-run=part"]])
def test_a_run_that_lies_elsewhere_now_is_asked_for_where_it_is(named: list[str]) -> None:
    """A merged or copied run is not the one that its sessions named."""
    found = _steps(_summary(missing=1), ["pytest", *named, "cases"])
    assert found[MISSING] == ["pytest cases --iad-run runs/one"]
    assert WEAKEST not in found


def test_every_command_that_made_the_run_asks_for_what_is_missing() -> None:
    """The last one alone might have asked for other classes than the missing ones."""
    commands = [
        ["pytest", "cases", "-k", "bolt"],
        ["pytest", "cases", "-k", "nut"],
        ["pytest", "cases", "-k", "bolt"],
    ]
    found = _steps(_summary(missing=1), *commands)
    assert found[MISSING] == [
        "pytest cases -k bolt --iad-run runs/one",
        "pytest cases -k nut --iad-run runs/one",
    ]
    assert WEAKEST not in found
    assert MISSING not in _steps(_summary(), *commands)


@pytest.mark.parametrize(
    "manifest", [{}, {"command_line": []}, {"command_line": None}, {"command_line": "pytest"}]
)
def test_a_run_without_a_command_line_is_read_all_the_same(manifest: dict[str, Json]) -> None:
    told = next_steps(_summary(missing=1), manifest, "one", verbose=False, has_page=False)
    assert [purpose for purpose, _ in told.steps] == [CLOSER, SHARE, TABLE]


@pytest.mark.parametrize(
    ("classes", "selection"),
    [
        (("bolt",), None),  # alone anyway
        (("a's", "b"), 'iad(class_name="a\'s")'),
        (('6"', "b"), "iad(class_name='6\"')"),
        (("6\"'", "b"), None),
        (("a\\b", "c"), None),
    ],
)
def test_the_weakest_class_is_told_where_it_can_be_selected(
    classes: Sequence[str], selection: str | None
) -> None:
    found = _steps(_summary(classes=classes), ["pytest", "cases"]).get(WEAKEST, [])
    assert [shlex.split(each) for each in found] == (
        [["pytest", "cases", "-m", selection, "-v"]] if selection else []
    )


def test_a_run_in_which_nothing_was_observed_has_no_weakest_class() -> None:
    found = _steps(summarise([], [], asked=4, seed=0), ["pytest", "cases"])
    assert found[MISSING] == ["pytest cases --iad-run runs/one"]
    assert WEAKEST not in found
