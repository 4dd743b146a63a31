"""Two runs compared: the same photographs, judged before and after a change."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass

from iad_eval.comparing.carrying import carried
from iad_eval.comparing.changes import auroc_changes, changes
from iad_eval.comparing.differences import differences, prompt_changes
from iad_eval.comparing.flips import flips
from iad_eval.comparing.matched import Matching
from iad_eval.comparing.matching import match
from iad_eval.errors import UsageError
from iad_eval.judging import in_order, named
from iad_eval.stored import StoredRun
from iad_eval.words import Case, Json

__all__ = ["Comparison", "compare"]


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two runs, the views that both have, and ``record``, what is told of them: ``comparison.json``.

    The record has ``before`` and ``after`` (name, views compared), ``differences``, ``prompts``,
    ``untouched`` (cases that count as they were stored), ``missing``, ``changes``, ``auroc``, ``flips``.
    ``after`` holds the untouched cases, too.
    """

    before: StoredRun
    after: StoredRun
    matching: Matching
    record: Mapping[str, Json]


def compare(
    before: StoredRun, after: StoredRun, *, seed: int = 0, untouched: Mapping[Case, str] | None = None
) -> Comparison:
    """Compares two runs on exactly the views that both have; ``seed`` is the bootstrap's.

    Raises UsageError where there is no such view.
    """
    whole = carried(before, after, untouched or {})
    matching = match(before, whole)
    if not matching.classes:
        raise UsageError(_nothing_in_common(before, whole, matching))
    circumstances = (before.circumstances, after.circumstances)
    asked = {each.case for each in after.planned}
    record: dict[str, Json] = {
        "before": before.name,
        "after": after.name,
        "differences": [asdict(each) for each in differences(*circumstances)],
        "prompts": [{**asdict(each), "places": list(each.places)} for each in prompt_changes(*circumstances)],
        "untouched": [
            asdict(case)
            for case in sorted({each.case for each in whole.planned} - asked, key=lambda case: case.sort_key)
        ],
        "thresholds": [
            {"dataset": dataset, **named(asker), "before": old, "after": new}
            for (dataset, asker), (old, new) in sorted(
                matching.own_thresholds.items(), key=lambda each: (each[0][0], in_order(each[0][1]))
            )
            if old != new
        ],
        "missing": [
            {**asdict(each.case), "side": each.side, "reason": each.reason, "views": each.views}
            for each in matching.missing
        ],
        "changes": list(changes(matching.classes, seed)),
        "auroc": list(auroc_changes(matching.classes)),
        "flips": list(flips(matching.classes)),
    }
    return Comparison(before, whole, matching, record)


def _nothing_in_common(before: StoredRun, after: StoredRun, matching: Matching) -> str:
    reasons = {each.reason for each in matching.missing if each.side == "both"}
    if reasons:
        why = " and ".join(sorted(reasons))
        return (
            f"{before.name} and {after.name} have no view in common: what bears the same names is not the "
            f"same ({why}). Store a run on the present photographs: "
            "python -m iad_eval store RUN -o FILE"
        )
    told = [f"{run.name} holds {_listed(_held(run))}" for run in (before, after)]
    return f"no view is in both runs: {'; '.join(told)}. Compare runs of one model on one dataset"


def _held(run: StoredRun) -> set[str]:
    cases = [each.case for each in run.planned]
    return {f"{case.model} on {case.dataset}/{case.class_name}" for case in cases}


def _listed(names: Collection[str]) -> str:
    shown = sorted(names)
    return (
        ", ".join(shown[:4]) + (f" and {len(shown) - 4} more" if len(shown) > 4 else "")
        if shown
        else "nothing"
    )
