"""The drop gate: worse, no worse or undecided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iad_eval.comparing import Comparison
from iad_eval.comparing.changes import pairs_of
from iad_eval.gating.verdict import SAME, Outcome, Verdict, asker_of, by_gate, lookers, number
from iad_eval.intervals import ALPHA
from iad_eval.limits import GateSettings, Limits
from iad_eval.paired.deciding import photographs_to_decide
from iad_eval.paired.drop import Drop
from iad_eval.words import Json


def drop_verdicts(comparison: Comparison, settings: GateSettings, noise: Sequence[Json]) -> list[Verdict]:
    """What the drop gate comes to, first for all classes together, then class by class.

    A drop is *worse* where it is established at 5% (:func:`iad_eval.comparing.changes.changes`: Holm over
    the classes looked at) and the estimate exceeds the limit; *no worse* where the interval's upper end
    lies below it. It is *not measured*, and fails, where both runs hold a class that they cannot judge by one
    threshold. Models that do not look are left out, unless there are no others. ``noise`` are the
    records of the noise of sampling (:mod:`iad_eval.insights.noise`).
    """
    limits = settings.of("fail_drop")
    floors = {
        (each["dataset"], asker_of(each), each["class_name"]): each["noise_floor"] for each in _records(noise)
    }
    rows = [row for row in _records(comparison.record["changes"]) if row["perturbation"] is None]
    looks = lookers({each.asker[0] for each in comparison.matching.classes})
    found = []
    for row in rows:
        dataset, class_name = str(row["dataset"]), row["class_name"]
        limit = limits.overall() if class_name is None else limits.of_class(dataset, str(class_name))
        if (
            limit is None
            or row["model"] not in looks
            or (row["class_name"] is None and _is_one(row, rows, limits))
        ):
            continue
        floor = floors.get((dataset, asker_of(row), class_name))
        found.append(_drop_verdict(row, limit, comparison, settings, number(floor)))
    for each in comparison.matching.classes:
        held_to = [limits.of_class(each.dataset, each.class_name), limits.overall()]
        limit = next((limit for limit in held_to if limit is not None), None)
        if each.threshold is None and each.asker[0] in looks and limit is not None:
            place = (each.dataset, each.asker, each.class_name)
            found.append(Verdict("fail_drop", *place, limit, "not measured", fails=True))
    return sorted(found, key=by_gate)


def _is_one(whole: Mapping[str, Json], rows: Sequence[Mapping[str, Json]], limits: Limits) -> bool:
    """Whether all classes together are one, with the same limit: its own verdict says it."""
    classes = [
        str(row["class_name"])
        for row in rows
        if row["class_name"] is not None
        and (row["dataset"], asker_of(row)) == (whole["dataset"], asker_of(whole))
    ]
    return len(classes) == 1 and limits.of_class(str(whole["dataset"]), classes[0]) == limits.overall()


def _drop_verdict(
    row: Mapping[str, Json],
    limit: float,
    comparison: Comparison,
    settings: GateSettings,
    floor: float | None,
) -> Verdict:
    asker = asker_of(row)
    class_name = None if row["class_name"] is None else str(row["class_name"])
    estimate, low, high, p = (float(number(row[name]) or 0.0) for name in ("drop", "low", "high", "p_holm"))
    outcome: Outcome
    decided_by = None
    if not row["touched"] and not row["newly_wrong"] and not row["newly_right"]:
        outcome = "unchanged"
    elif p <= ALPHA and estimate > limit + SAME:
        outcome = "worse"
    elif high < limit - SAME:
        outcome = "no worse"
    else:
        outcome = "undecided"
        tests = 1 if class_name is None else _tested_classes(comparison)
        pairs = pairs_of(comparison.matching.classes, (str(row["dataset"]), asker), class_name)
        before, after = (float(number(row[name]) or 0.0) for name in ("before", "after"))
        decided_by = photographs_to_decide(Drop(before, after, estimate, low, high), pairs, limit, tests)
    return Verdict(
        "fail_drop",
        str(row["dataset"]),
        asker,
        class_name,
        limit,
        outcome,
        outcome == "worse" or (outcome == "undecided" and settings.undecided_fails),
        estimate,
        low,
        high,
        p,
        int(number(row["photographs"]) or 0),
        decided_by,
        floor,
    )


def _tested_classes(comparison: Comparison) -> int:
    """How many classes Holm's procedure corrects for: those in which a verdict changed."""
    rows = _records(comparison.record["changes"])
    by_class = [row for row in rows if row["class_name"] is not None and row["perturbation"] is None]
    return max(1, sum(bool(row["newly_wrong"] or row["newly_right"]) for row in by_class))


def _records(records: Json) -> list[Mapping[str, Json]]:
    assert isinstance(records, Sequence)
    return [each for each in records if isinstance(each, Mapping)]
