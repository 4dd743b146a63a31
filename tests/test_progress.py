"""The live line counts what is on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from iad_eval.progress import LineCount, LiveLine, line_below, progress_text


@pytest.mark.parametrize(
    ("done", "rate", "text"),
    [
        (0, None, "iad-eval 0/332 views"),
        (120, 45.24, "iad-eval 120/332 views · 45.2/s · 0:05 left"),
        (332, 50.0, "iad-eval 332/332 views · 50/s · 0:00 left"),
        (340, 50.0, "iad-eval 332/332 views · 50/s · 0:00 left"),
        (2, 0.05, "iad-eval 2/332 views · 0.05/s · 1:50:00 left"),
    ],
)
def test_texts(done: int, rate: float | None, text: str) -> None:
    assert progress_text(done, 332, rate) == text


def test_only_added_lines_are_read(tmp_path: Path) -> None:
    count = LineCount(tmp_path)
    assert count.lines() == 0
    (tmp_path / "a.jsonl").write_text("1\n2\nhal")
    assert count.lines() == 2
    (tmp_path / "b.jsonl").write_text("1\n")
    with (tmp_path / "a.jsonl").open("a") as file:
        file.write("f\n4\n")
    assert count.lines() == 5


def test_rate_is_that_of_the_last_seconds(tmp_path: Path) -> None:
    written: list[str] = []
    line = LiveLine(tmp_path, 1000, written.append, lambda: 80)
    for second in range(40):
        with (tmp_path / "a.jsonl").open("a") as file:
            file.write("x\n" * (100 if second < 5 else 10))
        text = line.text(float(second))
    assert text == "iad-eval 850/1000 views · 10/s · 0:15 left"
    assert written == []


def test_the_cursor_comes_back() -> None:
    codes = line_below("hello")
    assert codes.index("\x1b7") < codes.index("hello") < codes.index("\x1b8")
