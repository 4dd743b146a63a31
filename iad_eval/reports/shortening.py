"""Making a text fit: tables lose rows, the largest first; then whole parts go, the least needed first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

LEAST_ROWS = 5
"""A shortened table keeps so many rows at least: with fewer it would say nothing."""

_CUT = b" ...\n"
_ELSEWHERE = "see predictions.csv and report.html."


@dataclass(frozen=True, slots=True)
class Part:
    """A block as lines of text: a table's ``head``, ``rows``, ``foot`` and ``notes``, or a text in ``head``.

    ``left_out`` counts the rows that it lost. A text (heading, paragraph) has no rows.
    """

    head: tuple[str, ...]
    rows: tuple[str, ...] = ()
    foot: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    is_text: bool = False
    is_detail: bool = False
    left_out: int = 0

    @property
    def text(self) -> str:
        """All lines; notes below, a paragraph of their own."""
        gone = f"... and {self.left_out:,} more row{'' if self.left_out == 1 else 's'}: {_ELSEWHERE}"
        notes = (*([gone] if self.left_out else []), *self.notes)
        lines = "\n".join([*self.head, *self.rows, *self.foot])
        return lines + ("\n\n" + "  \n".join(notes) if notes else "")

    @property
    def size(self) -> int:
        """Bytes in UTF-8."""
        return len(self.text.encode())


def shortened(parts: Sequence[Part], limit_bytes: int) -> str:
    """The parts' text in at most ``limit_bytes``; unchanged where it fits.

    Kept to the end are the texts before the first table and the last text: title, conclusion
    and completeness.
    """
    kept = list(parts)
    for is_meant in (lambda part: part.is_detail, lambda part: True):
        kept = _with_fewer_rows(kept, is_meant, limit_bytes)
    kept = _without_tables(kept, limit_bytes)
    whole = _joined(kept)
    return whole.decode() if len(whole) <= limit_bytes else _essential(parts, limit_bytes)


def _joined(parts: Sequence[Part]) -> bytes:
    return ("\n\n".join(part.text for part in parts) + "\n").encode()


def _with_fewer_rows(parts: list[Part], is_meant: Callable[[Part], bool], limit_bytes: int) -> list[Part]:
    """Cuts the parts that are meant to one size, the largest that fits; as small as may be if none does."""
    least, most = 0, max((part.size for part in parts), default=0)
    if len(_joined(parts)) <= limit_bytes:
        return parts
    while least < most:
        size = (least + most + 1) // 2
        fits = len(_joined(_capped(parts, is_meant, size))) <= limit_bytes
        least, most = (size, most) if fits else (least, size - 1)
    return _capped(parts, is_meant, least)


def _capped(parts: Sequence[Part], is_meant: Callable[[Part], bool], size: int) -> list[Part]:
    return [_of_size(part, size) if is_meant(part) else part for part in parts]


def _of_size(part: Part, size: int) -> Part:
    """The part with as many rows as ``size`` has room for, from the top; whole where that is shorter."""
    if part.size <= size or len(part.rows) <= LEAST_ROWS:
        return part
    room = size - replace(part, rows=(), left_out=len(part.rows)).size
    count = 0
    for row in part.rows:
        room -= len(row.encode()) + 1
        if room < 0:
            break
        count += 1
    count = min(max(count, LEAST_ROWS), len(part.rows))
    cut = replace(part, rows=part.rows[:count], left_out=part.left_out + len(part.rows) - count)
    return cut if cut.size < part.size else part


def _without_tables(parts: list[Part], limit_bytes: int) -> list[Part]:
    """Leaves out whole tables, details first, the largest of them first, and says how many."""
    kept = dict(enumerate(parts))
    said: list[Part] = []
    candidates = sorted(
        (number for number, part in kept.items() if not part.is_text),
        key=lambda number: (not kept[number].is_detail, -kept[number].size),
    )
    for gone, number in enumerate(candidates, 1):
        if len(_joined([*kept.values(), *said])) <= limit_bytes:
            break
        del kept[number]
        said = [Part((f"{gone:,} more table{' is' if gone == 1 else 's are'} left out here: {_ELSEWHERE}",))]
    return [*kept.values(), *said]


def _essential(parts: Sequence[Part], limit_bytes: int) -> str:
    """The texts before anything else, cut if they must be, and the last text, whole where it is short."""
    tables = (number for number, part in enumerate(parts) if not part.is_text)
    first = next(tables, max(1, len(parts) - 1))
    begin = _joined(parts[:first])
    last = [part for part in parts[first:] if part.is_text][-1:]
    end = b"\n" + _joined(last) if last else b""
    if len(end) > limit_bytes // 2:
        end = b""
    if len(begin) + len(end) > limit_bytes:
        begin = begin[: max(0, limit_bytes - len(end) - len(_CUT))] + _CUT
    return (begin + end)[:limit_bytes].decode(errors="ignore")
