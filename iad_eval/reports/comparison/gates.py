"""What the gates came to, in sentences: a failed one as a test fails, an undecided one as a warning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iad_eval.reports.comparison.tables import said
from iad_eval.reports.comparison.wording import drop_of, p_value, where
from iad_eval.reports.document import Paragraph
from iad_eval.reports.reading import Row, entrant, number, records, whole
from iad_eval.reports.table import Cell, Column, Emphasis, Table
from iad_eval.reports.wording import counted, interval, listed, percent, points, with_interval
from iad_eval.visible import visible
from iad_eval.words import Json

FLIPS_IN_MESSAGE = 10
CLASSES_IN_MESSAGE = 5
_NAMES = {
    "fail_drop": "drop since before",
    "min_accuracy": "accuracy",
    "max_average_drop": "average drop under perturbations",
    "max_unreadable": "unreadable answers",
}


def sentence(gate: Row) -> str:
    """One gate's outcome in one sentence, with the figures that it hangs on."""
    value, limit = drop_of(gate, "value"), percent(number(gate["limit"]))
    name, outcome = _NAMES[str(gate["gate"])], str(gate["outcome"])
    if gate["gate"] == "fail_drop":
        told = f"{with_interval(value, ' points')}"
        if outcome == "worse":
            p = p_value(number(gate["p"]))
            p = p if p.startswith("<") else f"= {p}"
            text = f"{where(gate)} is worse: a drop of {told}, p {p}; the margin is {limit} points."
        elif outcome == "no worse":
            text = f"{where(gate)} is no worse: a drop of {told} lies below the margin of {limit} points."
        elif outcome == "not measured":
            return f"{where(gate)}: no drop could be measured, the two runs have no threshold in common."
        elif outcome == "unchanged":
            text = f"{where(gate)} is unchanged: nothing that decides its answers differs."
        else:
            text = f"{where(gate)} is undecided: a drop of {told} is neither established nor below the "
            text += f"margin of {limit} points; {_decided_by(gate)}"
        return text + _noise(gate)
    unit = " points" if gate["gate"] == "max_average_drop" else "%"
    if outcome == "not measured":
        return f"{where(gate)}: {name} could not be measured; the limit is {limit}{unit}."
    verb = "is" if gate["gate"] == "max_average_drop" or gate["gate"] == "min_accuracy" else "are"
    side = "below" if gate["gate"] == "min_accuracy" else "above"
    word = side if outcome == "missed" else "within"
    return f"{where(gate)}: {name} {verb} {with_interval(value, unit)}, {word} the limit of {limit}{unit}."


def message(gate: Row, record: Mapping[str, Json] | None, look: str) -> str:
    """What a failed gate says as a test: its sentence, the prompts behind it, the views that flipped.

    ``look`` is where there is more to see.
    """
    lines = [sentence(gate)]
    if record is not None and gate["gate"] == "fail_drop":
        lines += _classes(record, gate)
        flips, most = flips_of(record, gate), 0 if _is_told_by_a_class(record, gate) else FLIPS_IN_MESSAGE
        for kind in ("newly wrong", "newly right"):
            of_kind = [flip for flip in flips if flip["kind"] == kind]
            shown = of_kind[:most] if kind == "newly wrong" else []
            more = ", the first of them" if len(shown) < len(of_kind) and shown else ""
            lines.append(f"{counted(len(of_kind), 'view')} {kind}{more}{':' if shown else '.'}")
            lines += map(_flip, shown)
    return "\n".join(map(visible, [*lines, f"More: {look}"]))


def _classes(record: Mapping[str, Json], gate: Row) -> list[str]:
    """Of a drop of all classes together, those that lost most; nothing where there is but one."""
    rows = [
        row
        for row in records(record, "changes")
        if gate["class_name"] is None
        and row["class_name"] is not None
        and row["perturbation"] is None
        and _is_about_the_same(row, gate)
    ]
    lost = sorted(rows, key=lambda row: -(number(row["drop"]) or 0.0))
    named = [
        f"{row['class_name']} ({points(number(row['drop']))})"
        for row in lost
        if (number(row["drop"]) or 0) > 0
    ]
    return [f"Dropped most: {listed(named, CLASSES_IN_MESSAGE)}."] if len(rows) > 1 and named else []


def _is_told_by_a_class(record: Mapping[str, Json], gate: Row) -> bool:
    """Whether a class of what a gate is about fails too, and lists its flips."""
    return gate["class_name"] is None and any(
        each["fails"] and each["gate"] == gate["gate"] and each["class_name"] is not None
        for each in records(record, "gates")
        if _is_about_the_same(each, gate)
    )


def _flip(flip: Row) -> str:
    told = f"{said(flip['before'])} -> {said(flip['after'])}"
    return f"  {flip['sample']} ({flip['perturbation']}): {told}"


def flips_of(record: Mapping[str, Json], gate: Row) -> list[Row]:
    """The flips that a drop gate is about."""
    return [
        flip
        for flip in records(record, "flips")
        if _is_about_the_same(flip, gate) and gate["class_name"] in (None, flip["class_name"])
    ]


def _is_about_the_same(row: Row, gate: Row) -> bool:
    """Whether a record is about the dataset and model of a gate."""
    return (row["dataset"], entrant(row)) == (gate["dataset"], entrant(gate))


def gate_paragraphs(gates: Sequence[Row]) -> list[Paragraph]:
    """Failures one by one, what is undecided in one sentence, the rest counted."""
    failed = [gate for gate in gates if gate["fails"]]
    undecided = [gate for gate in gates if gate["outcome"] == "undecided" and not gate["fails"]]
    passed = [gate for gate in gates if not gate["fails"] and gate["outcome"] != "undecided"]
    blocks = [Paragraph(sentence(gate), warning=True) for gate in failed]
    if len(undecided) == 1:
        blocks.append(Paragraph(sentence(undecided[0]), warning=True))
    elif undecided:
        first = max(undecided, key=lambda gate: number(gate["value"]) or 0.0)
        names = listed([where(gate) for gate in undecided], 3)
        text = f"{len(undecided)} gates are undecided: {names}. The largest drop: {sentence(first)}"
        blocks.append(Paragraph(text, warning=True))
    if passed:
        verb = "holds" if len(passed) == 1 else "hold"
        blocks.append(Paragraph(f"{counted(len(passed), 'gate')} {verb}."))
    quiet = [_margin(gate) for gate in passed if gate["outcome"] != "unchanged" and _noise(gate)]
    if quiet:
        text = "Sampling alone moves accuracy by more than the margin, in points, of "
        blocks.append(Paragraph(f"{text}{listed(quiet, 3)}.", warning=True))
    return blocks


def gates_table(gates: Sequence[Row]) -> Table | None:
    """Every gate with its figure, limit and outcome."""
    rows = []
    for gate in gates:
        value = drop_of(gate, "value")
        is_drop = gate["gate"] in ("fail_drop", "max_average_drop")
        span = "" if gate["outcome"] == "unchanged" else interval(value)
        decided = number(gate["decided_by"])
        rows.append(
            (
                Cell(_NAMES[str(gate["gate"])]),
                Cell(where(gate)),
                Cell(str(gate["outcome"]), emphasis=_emphasis(gate)),
                Cell(points(value.value) if is_drop else percent(value.value), span),
                Cell(percent(number(gate["limit"]))),
                Cell("" if decided is None else f"{int(decided):,}"),
            )
        )
    columns = (
        *(Column(name, "left") for name in ("gate", "on", "outcome")),
        *(Column(name) for name in ("value", "limit", "photographs to decide")),
    )
    legend: tuple[tuple[Emphasis, str], ...] = (("warning", "fails"),)
    return Table("All gates", columns, tuple(rows), legend=legend) if rows else None


def _emphasis(gate: Row) -> Emphasis:
    return "warning" if gate["fails"] else "none"


def _decided_by(gate: Row) -> str:
    count, needed = whole(gate["photographs"]), number(gate["decided_by"])
    told = f"{counted(count, 'photograph')} {'was' if count == 1 else 'were'} compared"
    if needed is None:
        return f"{told}, and no number of them would decide: the drop lies at the margin."
    return f"{told}, about {_round(needed)} would decide."


def _noise(gate: Row) -> str:
    floor, limit = number(gate["noise_floor"]), number(gate["limit"])
    if floor is None or limit is None or limit >= floor:
        return ""
    return (
        " The margin lies below the noise floor: sampling alone moves this accuracy by up to "
        f"{percent(floor)} points between two runs."
    )


def _margin(gate: Row) -> str:
    limit, floor = (percent(number(gate[name])) for name in ("limit", "noise_floor"))
    return f"{where(gate)} (margin {limit}, noise {floor})"


def _round(count: float) -> str:
    """Two digits that matter."""
    return f"{int(float(f'{count:.2g}')):,}"
