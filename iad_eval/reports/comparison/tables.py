"""What changed, as tables: accuracy with its tests, AUROC, and the views that flipped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from iad_eval.intervals import ALPHA
from iad_eval.reports.comparison.wording import ALL_CLASSES, ALL_VIEWS, drop_of, p_value
from iad_eval.reports.document import Paragraph
from iad_eval.reports.reading import Entrant, Measure, Row, entrant, number, records, whole
from iad_eval.reports.table import Cell, Column, Emphasis, Table
from iad_eval.reports.wording import NOT_MEASURED, interval, listed, percent, points
from iad_eval.words import Json

FLIPS_SHOWN = 20
_HOW = (
    "Percent and percentage points; drop is before minus after, its 95% interval from a bootstrap over "
    "photographs. p: McNemar's exact test in one view, a sign-flip test over photographs in several; in all "
    "views it is corrected (Holm), a class's for all classes and that of all classes for all models in which "
    "a verdict changed."
)


def changes_tables(record: Mapping[str, Json], *, verbose: bool) -> Iterator[Table]:
    """A table for each dataset and model that may have changed; the first says how to read all of them."""
    notes: tuple[str, ...] = (_HOW,)
    for (dataset, who), rows in _by_scope(record).items():
        if any(map(_is_open, rows)):
            yield _changes_table(dataset, who, rows, notes, verbose=verbose)
            notes = ()


def unchanged(record: Mapping[str, Json]) -> Paragraph | None:
    """The datasets and models of which nothing can have changed, in a sentence."""
    scopes = [scope for scope, rows in _by_scope(record).items() if not any(map(_is_open, rows))]
    if not scopes:
        return None
    names = listed([f"{who.label} on {dataset}" for dataset, who in scopes], 6)
    return Paragraph(f"Unchanged, since nothing that decides an answer differs: {names}.")


def _by_scope(record: Mapping[str, Json]) -> dict[tuple[str, Entrant], list[Row]]:
    found: dict[tuple[str, Entrant], list[Row]] = {}
    for row in records(record, "changes"):
        found.setdefault((str(row["dataset"]), entrant(row)), []).append(row)
    return found


def _is_open(row: Row) -> bool:
    """Whether there is a change, or may be one."""
    return bool(row["touched"] or row["newly_wrong"] or row["newly_right"])


def _changes_table(
    dataset: str, who: Entrant, of_asker: list[Row], notes: tuple[str, ...], *, verbose: bool
) -> Table:
    """All classes in all views, then in each view, then each class; ``verbose`` each class in each view."""
    shown = [row for row in of_asker if row["class_name"] is None]
    shown += [row for row in of_asker if row["class_name"] is not None and row["perturbation"] is None]
    if verbose:
        shown += [
            row for row in of_asker if row["class_name"] is not None and row["perturbation"] is not None
        ]
    if whole(shown[0]["classes"]) == 1:  # the one class says it all
        shown = [row for row in shown if row["class_name"] is not None]
        shown += [row for row in of_asker if row["class_name"] is not None and row not in shown]
    unread = any(number(row[f"unreadable_{side}"]) for row in of_asker for side in ("before", "after"))
    columns = [
        *(Column(name, "left") for name in ("class", "view")),
        *(
            Column(name)
            for name in ("before", "after", "drop", "p", "newly wrong", "newly right", "photographs")
        ),
        *([Column("unreadable")] if unread else []),
    ]
    return Table(
        f"{dataset}: {who.label} before and after, {_judged_by(shown[0])}",
        tuple(columns),
        tuple(_row(row, unread) for row in shown),
        notes,
        legend=(("warning", "worse, established at 5%"), ("best", "better, established at 5%")),
    )


def auroc_table(record: Mapping[str, Json], *, verbose: bool) -> Table | None:
    """Image AUROC before and after, by DeLong's paired test, where any photograph's rank moved.

    ``verbose`` class by class, and where none did.
    """
    rows = [
        row
        for row in records(record, "auroc")
        if verbose or (row["class_name"] is None and (row["difference"] or row["standard_error"]))
    ]
    if not rows:
        return None
    names = ("model", "dataset", *(["class"] if verbose else []), "view")
    return Table(
        "Image AUROC before and after",
        (
            *(Column(n, "left") for n in names),
            *map(Column, ("photographs", "before", "after", "change", "p")),
        ),
        tuple(
            (
                *(Cell(entrant(row).label), Cell(str(row["dataset"]))),
                *([Cell(_class_of(row))] if verbose else []),
                *(Cell(str(row["perturbation"])), Cell(f"{whole(row['photographs']):,}")),
                *(Cell(percent(number(row["before"]))), Cell(percent(number(row["after"])))),
                Cell(points(number(row["difference"])), interval(_difference(row)), _better(row)),
                Cell(p_value(number(row["p"]))),
            )
            for row in rows
        ),
        ("Percent and percentage points; the change is after minus before, 95% interval and p by DeLong.",),
        legend=(("warning", "worse, p below 5%"), ("best", "better, p below 5%")),
    )


def flips_table(flips: Iterable[Row], title: str, most: int = FLIPS_SHOWN) -> Table | None:
    """The views that flipped, the first ``most`` of them."""
    found = list(flips)
    if not found:
        return None
    several = len({entrant(each) for each in found}) > 1
    names = [*(["model"] if several else []), "photograph", "view", "before", "after"]
    rows = tuple(
        tuple(
            Cell(text)
            for text in (
                *([entrant(each).label] if several else []),
                *(str(each["sample"]), str(each["perturbation"])),
                *(said(each[side]) for side in ("before", "after")),
            )
        )
        for each in found[:most]
    )
    left = len(found) - len(rows)
    notes = (f"... and {left:,} more: see comparison.json and report.html.",) if left else ()
    return Table(title, tuple(Column(name, "left") for name in names), rows, notes)


def said(side: Json, most: int = 60) -> str:
    """``anomalous (0.83): Yes, the rim is chipped``; a long answer is cut."""
    assert isinstance(side, Mapping)
    score, answer = number(side["score"]), side["answer"]
    text = str(side["verdict"]) + ("" if score is None else f" ({score:.3g})")
    if answer:
        shown = " ".join(str(answer).split())
        text += f": {shown if len(shown) <= most else shown[: most - 3] + '...'}"
    return text


def _row(row: Row, unread: bool) -> tuple[Cell, ...]:
    drop = drop_of(row)
    p = number(row["p"] if row["p_holm"] is None else row["p_holm"])
    is_open = _is_open(row)
    emphasis: Emphasis = "none"
    if p is not None and p <= ALPHA and row["perturbation"] is None:
        emphasis = "warning" if (drop.value or 0.0) > 0 else "best"
    cells = [
        Cell(_class_of(row)),
        Cell(ALL_VIEWS if row["perturbation"] is None else str(row["perturbation"])),
        Cell(percent(number(row["before"]))),
        Cell(percent(number(row["after"]))),
        Cell(points(drop.value), interval(drop), emphasis) if is_open else Cell("unchanged"),
        Cell(p_value(p) if is_open else NOT_MEASURED),
        *(Cell(f"{whole(row[name]):,}") for name in ("newly_wrong", "newly_right", "photographs")),
    ]
    if unread:
        before, after = (percent(number(row[f"unreadable_{side}"])) for side in ("before", "after"))
        cells.append(Cell(f"{before} -> {after}"))
    return tuple(cells)


def _judged_by(row: Row) -> str:
    return "by its answers" if row["threshold"] == "answer" else f"at threshold {row['threshold']}"


def _class_of(row: Row) -> str:
    return ALL_CLASSES if row["class_name"] is None else str(row["class_name"])


def _difference(row: Row) -> Measure:
    return Measure(number(row["difference"]), number(row["low"]), number(row["high"]))


def _better(row: Row) -> Emphasis:
    p, difference = number(row["p"]), number(row["difference"])
    if p is None or p > ALPHA or not difference:
        return "none"
    return "best" if difference > 0 else "warning"
