"""One model asked in several ways: which ways, in which order, and what was shown."""

from __future__ import annotations

import pytest
from rows_by_hand import Record, floor_of, headings, line, lines, parts_of, row_of

from iad_eval.reports.protocol_table import protocol_table


def _asked(
    protocol: str | None, accuracy: float | None, view: str = "original", model: str = "lvlm"
) -> Record:
    return row_of(model, accuracy, view, protocol=protocol)


def test_the_papers_protocols_come_in_its_order_and_others_after_them() -> None:
    ways = ("zeroshot", "b-own", "oneshot", "a-own", "zeroshot-description", "oneshot-specific")
    table = protocol_table(parts_of(*(_asked(way, 0.75) for way in ways)))
    assert [row.rpartition(" | ")[0] for row in lines(table)] == [
        "lvlm | oneshot-specific | yes | yes",
        "lvlm | oneshot | yes | no",
        "lvlm | zeroshot-description | no | yes",
        "lvlm | zeroshot | no | no",
        "lvlm | a-own | – | –",
        "lvlm | b-own | – | –",
    ]
    assert table is not None
    assert table.notes[1:] == ("–: a protocol of your own; its prompt says what is shown.",)


def test_only_models_that_were_asked_in_several_ways_have_rows() -> None:
    view = parts_of(
        row_of("glass", 0.875),
        _asked("oneshot", 0.75, model="other"),
        _asked("zeroshot", 0.5),
        _asked("oneshot", 0.75),
        _asked("oneshot", None, "rotated"),
        floors=[floor_of(0.25)],
    )
    table = protocol_table(view)
    assert headings(table) == ["model", "protocol", "reference", "class words", "original", "rotated"]
    assert lines(table) == ["lvlm | oneshot | yes | no | 75.0 | –", "lvlm | zeroshot | no | no | 50.0† | –"]
    assert table is not None
    assert line(table.footer) == "trivial floor |  |  |  | 75.0 | 75.0"
    assert len(table.notes) == 1


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [row_of("glass", 0.5)],
        [_asked("oneshot", 0.5), _asked("oneshot", 0.5, "rotated")],
        [_asked("oneshot", 0.5), _asked("zeroshot", 0.5, model="other")],
        [_asked(None, 0.5), _asked("oneshot", 0.5)],
    ],
    ids=["nothing", "detectors", "views", "two models", "with and without"],
)
def test_without_such_a_model_there_is_no_table(rows: list[Record]) -> None:
    assert protocol_table(parts_of(*rows)) is None
