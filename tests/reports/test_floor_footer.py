"""The trivial floor below a table of accuracies."""

from __future__ import annotations

import pytest
from rows_by_hand import Record, floor_of, line, parts_of

from iad_eval.reports.floor_row import floor_footer


@pytest.mark.parametrize(
    ("anomalous", "told"),
    [
        (0.75, "everything anomalous | 75.0"),
        (0.25, "everything normal | 75.0"),
        (0.5, "everything anomalous | 50.0"),
        (1.0, "everything anomalous | 100.0"),
        (0.0, "everything normal | 100.0"),
    ],
)
def test_the_higher_floor_says_what_it_calls_everything(anomalous: float, told: str) -> None:
    view = parts_of(floors=[floor_of(0.9, "bolt"), floor_of(anomalous)])
    assert line(floor_footer(view, accuracies=1)) == f"trivial floor | {told}"


@pytest.mark.parametrize(
    "floors", [[], [floor_of(None)], [floor_of(0.9, "bolt")], [floor_of(0.9) | {"dataset": "other"}]]
)
def test_without_a_floor_of_the_dataset_there_is_no_footer(floors: list[Record]) -> None:
    assert floor_footer(parts_of(floors=floors), accuracies=2) == ()
    assert floor_footer(parts_of(), accuracies=2, before=("a",), after=("b",)) == ()


@pytest.mark.parametrize(
    ("keys", "names"),
    [(1, "trivial floor"), (2, "trivial floor | everything normal"), (4, "trivial floor |  |  | ")],
)
def test_the_footer_fills_the_columns_of_its_table(keys: int, names: str) -> None:
    view = parts_of(floors=[floor_of(0.25)])
    cells = floor_footer(view, keys=keys, accuracies=2, before=("50.0",), after=("", "0.0"))
    assert line(cells) == f"{names} | 50.0 | 75.0 | 75.0 |  | 0.0"
    assert len(cells) == keys + 5
