"""Which circumstances differ, and what is not compared: the first that a comparison tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from iad_eval.reports.comparison.wording import diff
from iad_eval.reports.document import Block, Diff, Paragraph
from iad_eval.reports.reading import entrant, records, whole
from iad_eval.reports.table import Cell, Column, Table
from iad_eval.reports.wording import counted, listed
from iad_eval.words import Json

_LONG = 60
_REASONS = {
    "not run": "the case was not run",
    "no such photograph": "no such photograph there",
    "not observed": "failed or not reached",
    "other photograph": "another file under the same name",
    "other truth": "called good or bad otherwise",
}
_SIDES = {"before": "missing before", "after": "missing after", "both": "not the same"}


def circumstances(record: Mapping[str, Json], *, verbose: bool) -> list[Block]:
    """Prompts as diffs, everything else as a table; a sentence where nothing differs."""
    blocks: list[Block] = [*_prompts(record)]
    rows = [
        (
            Cell(str(each["topic"])),
            Cell(str(each["name"])),
            Cell(_short(str(each["before"]), verbose)),
            Cell(_short(str(each["after"]), verbose)),
        )
        for each in records(record, "differences")
    ]
    if rows:
        columns = tuple(Column(name, "left") for name in ("what", "name", "before", "after"))
        blocks.append(Table("What else differs" if blocks else "What differs", columns, tuple(rows)))
    if not blocks:
        blocks.append(Paragraph("Nothing that the runs tell of their circumstances differs."))
    return [*blocks, *_thresholds(record)]


def missing_table(record: Mapping[str, Json], *, verbose: bool) -> Table | None:
    """What is on one side only, or another photograph; by model and class, ``verbose`` view by view."""
    counts: Counter[tuple[str, ...]] = Counter()
    for each in records(record, "missing"):
        place = f"{each['dataset']}/{each['class_name']}"
        view = str(each["perturbation"]) if verbose else ""
        counts[entrant(each).label, place, view, str(each["side"]), str(each["reason"])] += whole(
            each["views"]
        )
    rows = tuple(
        (
            *(Cell(label), Cell(place), *([Cell(view)] if verbose else [])),
            *(Cell(_SIDES[side]), Cell(_REASONS[reason]), Cell(f"{views:,}")),
        )
        for (label, place, view, side, reason), views in sorted(counts.items())
    )
    names = ("model", "class", *(["view"] if verbose else []), "side", "why")
    columns = (*(Column(name, "left") for name in names), Column("views"))
    return Table("Not compared", columns, rows) if rows else None


def untouched(record: Mapping[str, Json]) -> list[Paragraph]:
    """The cases that were not run, since nothing about them changed."""
    count = len(records(record, "untouched"))
    if not count:
        return []
    verb = "was" if count == 1 else "were"
    text = f"{counted(count, 'case')} {verb} not run: nothing that decides the answers changed. "
    text += "What was stored counts."
    return [Paragraph(text)]


def _prompts(record: Mapping[str, Json]) -> list[Diff]:
    found = []
    for each in records(record, "prompts"):
        places = each["places"]
        assert isinstance(places, list | tuple)
        title = f"Prompt of {_asked([str(place) for place in places])} ({each['protocol']})"
        found.append(Diff(title, diff(str(each["before"]), str(each["after"]))))
    return found


def _asked(places: Sequence[str]) -> str:
    """``parts/bolt and parts/nut in original and rotated`` where that is all of them, else one by one."""
    classes, views = (dict.fromkeys(place.rpartition("/")[part] for place in places) for part in (0, 2))
    if len(places) > 1 and len(classes) * len(views) == len(places):
        return f"{listed([*classes], 4)} in {listed([*views], 4)}"
    return listed(places, 4)


def _thresholds(record: Mapping[str, Json]) -> list[Paragraph]:
    """Where the best threshold is another one now: both runs are judged by the older."""
    return [
        Paragraph(
            f"{entrant(each).label} on {each['dataset']}: the best threshold was {each['before']} and is "
            f"{each['after']} now; both runs are judged by one and the same here."
        )
        for each in records(record, "thresholds")
    ]


def _short(text: str, verbose: bool) -> str:
    return text if verbose or len(text) <= _LONG else f"{text[: _LONG - 3]}..."
