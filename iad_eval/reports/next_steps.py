"""What to type next, once a report has been read."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from iad_eval.reports.document import Steps
from iad_eval.reports.reading import dataset_views, measure
from iad_eval.summary import missing
from iad_eval.words import Json

_QUIETER = {"-q", "-qq", "--quiet", "--no-header"}


def next_steps(
    summary: Mapping[str, Json], manifest: Mapping[str, Json], run: str, *, verbose: bool, has_page: bool
) -> Steps:
    """Ask for what is missing, look closer, read on; ``run`` is the run's directory as a person types it."""
    typed = _typed(manifest)
    steps: list[tuple[str, str]] = []
    if typed is not None and missing(summary) > 0:
        again = typed if _names_a_run(typed) else [*typed, "--iad-run", run]
        steps.append(("ask for what is missing", shlex.join(["pytest", *again])))
    if not verbose:
        steps.append(("class by class", shlex.join(["python", "-m", "iad_eval", "report", run, "-v"])))
    weakest = _exactly(_weakest_class(summary))
    if typed is not None and weakest is not None and not _names_a_run(typed):
        steps.append(("the weakest class alone", shlex.join(["pytest", *typed, "-m", weakest, "-v"])))
    if has_page:
        steps.append(("the page with figures and all pictures", f"{run}/report.html"))
    steps.append(("this report to share", f"{run}/report.md"))
    steps.append(("every view's score and verdict", f"{run}/predictions.csv"))
    return Steps("What to type next", tuple(steps))


def _typed(manifest: Mapping[str, Json]) -> list[str] | None:
    """The arguments of the run's last session; None for a run without one."""
    command = manifest.get("command_line")
    if not isinstance(command, Sequence) or isinstance(command, str) or not command:
        return None
    return [str(argument) for argument in command[1:] if argument not in _QUIETER]


def _names_a_run(arguments: Sequence[str]) -> bool:
    return any(argument.split("=")[0] == "--iad-run" for argument in arguments)


def _exactly(class_name: str | None) -> str | None:
    """The selection of one class, where ``-k capsule`` would hit ``capsules``; None for unquotable names."""
    if class_name is None:
        return None
    quote = "'" if '"' in class_name else '"'
    return (
        None if quote in class_name or "\\" in class_name else f"iad(class_name={quote}{class_name}{quote})"
    )


def _weakest_class(summary: Mapping[str, Json]) -> str | None:
    """The class that the best model judges worst, of the first dataset with several classes."""
    for view in dataset_views(summary):
        best = view.best
        if best is None or len(view.classes) < 2:
            continue
        accuracies = [
            (value, name)
            for name in view.classes
            if (value := measure(view.row(best, view.anchor, name), "accuracy").value) is not None
        ]
        return min(accuracies)[1] if accuracies else None
    return None
