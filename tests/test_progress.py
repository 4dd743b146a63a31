"""The live line counts what is on disk."""

from __future__ import annotations

import io
from pathlib import Path

import pyte
import pytest

from iad_eval.progress import FileWithLine, LineCount, LiveLine, Said, progress_text, said


@pytest.mark.parametrize(
    ("done", "rate", "text"),
    [
        (0, None, "iad-eval 0/332 views"),
        (120, 45.24, "iad-eval 120/332 views, 45.2/s, 0:05 left"),
        (332, 50.0, "iad-eval 332/332 views, 50/s, 0:00 left"),
        (340, 50.0, "iad-eval 332/332 views, 50/s, 0:00 left"),
        (2, 0.05, "iad-eval 2/332 views, 0.05/s, 1:50:00 left"),
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
    line = LiveLine(tmp_path, tmp_path / "doing", 1000, written.append)
    for second in range(40):
        with (tmp_path / "a.jsonl").open("a") as file:
            file.write("x\n" * (100 if second < 5 else 10))
        text = line.text(float(second))
    assert text == "iad-eval 850/1000 views, 10/s, 0:15 left"
    assert written == []


class Terminal(io.StringIO):
    """A terminal of 5 lines of 30 signs."""

    def __init__(self) -> None:
        super().__init__()
        self._screen = pyte.Screen(30, 5)
        self._stream = pyte.Stream(self._screen)

    def write(self, text: str) -> int:
        self._stream.feed(text)
        return len(text)

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self._screen.display]


@pytest.mark.parametrize("count", [1, 3, 4, 5, 12])
def test_the_line_stays_below_and_leaves_nothing_behind(count: int) -> None:
    plain, terminal = Terminal(), Terminal()
    file = FileWithLine(terminal, lambda: 30)
    for number in range(count):
        text = f"\r\ntest {number} " + "." * (number % 7)
        plain.write(text)
        file.write(text)
        file.show(f"iad-eval {number}/{count} views, with more than fits")
        lines = terminal.lines
        below = [row for row, line in enumerate(lines) if line.startswith("iad-eval")]
        assert len(below) == 1
        assert lines[below[0] - 1] == text.strip()
        assert lines[below[0]] == f"iad-eval {number}/{count} views, with more than fits"[:29]
    file.show("")
    # Where the screen is full, the line has pushed the text up by one; all of it is there.
    assert "\n".join(terminal.lines).strip() in "\n".join(plain.lines).strip()
    assert terminal.lines[-2 if count >= 4 else count] == text.strip()
    file.write(" PASSED")
    assert any(line.endswith(" PASSED") for line in terminal.lines)


def test_what_processes_are_doing_stands_behind_the_numbers(tmp_path: Path) -> None:
    folder = tmp_path / "doing"
    first, second = Said(), Said()
    first.begin(folder, "gw0")
    second.begin(folder, "gw1")
    first("glass learns parts/cup")
    second("downloads DINOv2")
    line = LiveLine(tmp_path, folder, 332, lambda text: None)
    assert line.text(0.0) == "iad-eval 0/332 views - glass learns parts/cup; downloads DINOv2"
    first("")
    assert line.text(1.0).endswith("0/332 views - downloads DINOv2")
    second("")
    assert line.text(2.0) == "iad-eval 0/332 views"
    first.close()
    second.close()
    assert not folder.exists()


def test_training_may_say_something_a_hundred_times_a_second(tmp_path: Path) -> None:
    doing = Said()
    doing.begin(tmp_path / "doing", "main")
    for step in range(100):
        doing(f"step {step}")
    assert said(tmp_path / "doing") == "step 0"


def test_before_a_run_nobody_listens(tmp_path: Path) -> None:
    doing = Said()
    doing("loading")
    doing.close()
    assert said(tmp_path) == ""
