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
    """Ask for what is missing, look closer, read on; ``run`` is the run's directory as a person types it.

    Where several commands made the run, each of them asks for its share of what is missing.
    """
    commands = _commands(manifest)
    asked = list(
        dict.fromkeys(shlex.join(["pytest", *_without_run(typed), "--iad-run", run]) for typed in commands)
    )
    steps: list[tuple[str, str]] = []
    if missing(summary) > 0:
        steps += [("ask for what is missing", again) for again in asked]
    if not verbose:
        steps.append(("class by class", shlex.join(["python", "-m", "iad_eval", "report", run, "-v"])))
    weakest = _exactly(_weakest_class(summary))
    names_a_run = any(_without_run(typed) != typed for typed in commands)  # which holds all classes
    if len(asked) == 1 and weakest is not None and not names_a_run:
        steps.append(("the weakest class alone", shlex.join(["pytest", *commands[-1], "-m", weakest, "-v"])))
    if has_page:
        steps.append(("the page with figures and all pictures", f"{run}/report.html"))
    steps.append(("this report to share", f"{run}/report.md"))
    steps.append(("every view's score and verdict", f"{run}/predictions.csv"))
    return Steps("What to type next", tuple(steps))


def _commands(manifest: Mapping[str, Json]) -> list[list[str]]:
    """The arguments of each of the run's sessions, the last one's last."""
    sessions = manifest.get("sessions")
    told = [*(sessions if isinstance(sessions, Sequence) else ()), manifest]
    commands = [each.get("command_line") for each in told if isinstance(each, Mapping)]
    return [
        [str(argument) for argument in command[1:] if argument not in _QUIETER]
        for command in commands
        if isinstance(command, Sequence) and not isinstance(command, str) and command
    ]


def _without_run(arguments: Sequence[str]) -> list[str]:
    """The arguments but for the run that they name: merged or copied, it lies elsewhere now."""
    return [
        argument
        for before, argument in zip(["", *arguments], arguments, strict=False)
        if "--iad-run" not in (before, argument.split("=")[0])
    ]


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
