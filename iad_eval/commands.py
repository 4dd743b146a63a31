"""What the commands of ``iad-eval`` do; each takes its parsed arguments and gives back an exit code."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from iad_eval.errors import UsageError
from iad_eval.options import Source, gates, settings
from iad_eval.settings import DatasetSpec, Settings

if TYPE_CHECKING:
    from iad_eval.reports import Document

FINE, FINDINGS = 0, 1
_NOTHING = Source(lambda name: (), Path())


def report(chosen: argparse.Namespace) -> int:
    """Rebuilds the reports of a run; 1 where it is partial."""
    from iad_eval.gatekeeping import read_record
    from iad_eval.publishing import publish
    from iad_eval.results import conclude, write_parquet
    from iad_eval.run import RunDirectory

    if chosen.no_page and chosen.embed is not None:
        raise UsageError("--embed makes a page and --no-page none: type one of them")
    run = RunDirectory(chosen.run_directory)
    run.require_a_run()
    results = conclude(run, vs_paper=chosen.vs_paper)
    if chosen.parquet:
        write_parquet(results)
    if not chosen.no_page:
        embed_bytes = None if chosen.embed is None else round(chosen.embed * 1_000_000)
        comparison = read_record(run.path)
        publish(results, vs_paper=chosen.vs_paper, embed_bytes=embed_bytes, comparison=comparison)
    document = results.document(verbose=chosen.verbose, next_from=Path.cwd(), vs_paper=chosen.vs_paper)
    _print(document)
    return FINE if results.is_complete else FINDINGS


def merge(chosen: argparse.Namespace) -> int:
    """Puts runs into one."""
    from iad_eval.merging import merge

    merged = merge(chosen.runs, chosen.output)
    print(f"{merged} holds {len(chosen.runs)} runs; see it with: python -m iad_eval report {merged}")
    return FINE


def store(chosen: argparse.Namespace) -> int:
    """Keeps a run in one file."""
    from iad_eval.gaps import gaps
    from iad_eval.reports.wording import counted
    from iad_eval.results import untouched_cases
    from iad_eval.run import RunDirectory
    from iad_eval.storing import opened, write

    run = RunDirectory(chosen.run_directory)
    run.require_a_run()
    lacking = gaps(run.planned(), run.observations().values())
    left = untouched_cases(run.manifest())
    if left and not chosen.partial:
        raise UsageError(
            f"{run.path} left out {counted(len(left), 'untouched case')} (--iad-changed-only), which could "
            "not be compared later: run the same command without that, which asks nobody about what is "
            "known, or store the run as it is with --partial"
        )
    if lacking and not chosen.partial:
        raise UsageError(
            f"{run.path} is partial: views are missing in {len(lacking)} of its cases, the first of them "
            f"{lacking[0]['dataset']}/{lacking[0]['class_name']}, {lacking[0]['perturbation']}, by "
            f"{lacking[0]['model']}. What is missing cannot be compared later: ask for it with the command "
            "that began the run, or store the run as it is with --partial"
        )
    stored = opened(run.path)
    write(stored, chosen.output)
    views = sum(len(case.photographs) for of in stored.classes for case in of.judged.judged)
    print(
        f"{chosen.output} holds {views:,} views of {run.path}. Commit it, and compare a later run with it: "
        f"pytest cases --iad-compare {chosen.output} --iad-fail-drop 2"
    )
    return FINE


def compare(chosen: argparse.Namespace) -> int:
    """Compares two runs; 1 where a gate fails."""
    from iad_eval.gatekeeping import judgement, write
    from iad_eval.results import PAGE, conclude, untouched_cases
    from iad_eval.run import RunDirectory
    from iad_eval.storing import opened

    held_to = gates(_typed(chosen, iad_compare=[str(chosen.before)]), _NOTHING)
    before, after = opened(chosen.before), opened(chosen.after)
    classes: dict[str, list[str]] = {}
    for each in (*before.classes, *after.classes):
        classes.setdefault(each.judged.dataset, []).append(each.judged.class_name)
    for limits in held_to.limits:
        limits.require_known(classes)
    run = RunDirectory(chosen.after) if chosen.after.is_dir() else None
    manifest = run.manifest() if run is not None else {}
    judged = judgement(before, after, held_to, untouched=untouched_cases(manifest), manifest=manifest)
    if chosen.output is not None or run is not None:
        write(judged, chosen.output or chosen.after)
    if run is not None and chosen.output is None:
        from iad_eval.publishing import publish

        results = conclude(run)
        if results.observations:
            publish(results, comparison=judged.record)
    shown, has_page = (None, False) if run is None else (str(run.path), (run.path / PAGE).is_file())
    _print(judged.document(verbose=chosen.verbose, run=shown, has_page=has_page))
    print(judged.workflow_commands(), end="")
    return FINDINGS if judged.fails else FINE


def check_data(chosen: argparse.Namespace) -> int:
    """Looks for damage in a dataset; 1 where there is some."""
    from iad_eval.datasets import open_dataset
    from iad_eval.datasets.check import check
    from iad_eval.datasets.published import PUBLISHED
    from iad_eval.reports.damage import damage_document

    settings = Settings(good=tuple(chosen.iad_good) or ("good",))
    spec = DatasetSpec.parse(chosen.dataset)
    report = check(open_dataset(spec, settings), PUBLISHED.get(spec.kind, {}))
    _print(damage_document(report))
    return FINDINGS if report.findings else FINE


def show_prompt(chosen: argparse.Namespace) -> int:
    """Prints what an LVLM would be sent."""
    from iad_eval.showing import shown
    from iad_eval.suite import Registered, Suite

    suite = Suite(settings(_typed(chosen), _NOTHING), Registered())
    try:
        for number, text in enumerate(shown(suite)):
            print(f"\n{text}" if number else text)
    finally:
        suite.close()
    return FINE


def draw_data(chosen: argparse.Namespace) -> int:
    """Writes the drawn dataset as files."""
    from iad_eval.datasets.synthetic import Synthetic

    Synthetic("synthetic", chosen.seed, Settings().cache).write(chosen.folder)
    print(f"Drawn into {chosen.folder}. Evaluate it with: pytest cases --iad-dataset folder:{chosen.folder}")
    return FINE


def export_scores(chosen: argparse.Namespace) -> int:
    """Writes a file of scores, a template or a run's."""
    from iad_eval.exporting import require_new, write_scores_of

    output: Path = chosen.output
    if (chosen.dataset is None) == (chosen.run_directory is None):
        raise UsageError("name a dataset for a template, as in mvtec:data/mvtec, or a run with --from RUN")
    if chosen.dataset is not None and (chosen.model or chosen.protocol):
        raise UsageError("--model and --protocol choose among a run's scores: type --from RUN, no dataset")
    if chosen.run_directory is not None and (chosen.iad_perturbation or chosen.iad_good):
        raise UsageError("--iad-perturbation and --iad-good are for a template: type NAME:PATH, no --from")
    require_new(output)
    if chosen.dataset is not None:
        return _export_template(chosen)
    from iad_eval.run import RunDirectory

    done = write_scores_of(output, RunDirectory(chosen.run_directory), chosen.model, chosen.protocol)
    print(
        f"{output} holds {done.views} scores of views and {done.training} training scores. "
        f"Evaluate them on the same dataset with: pytest cases --iad-dataset ... --iad-model scores:{output}"
    )
    return FINE


def _export_template(chosen: argparse.Namespace) -> int:
    from iad_eval.datasets import open_dataset
    from iad_eval.exporting import write_template
    from iad_eval.perturbations import perturbation

    asked = settings(_typed(chosen), _NOTHING)
    spec = DatasetSpec.parse(chosen.dataset)
    names = [perturbation(name).name for name in asked.perturbations]
    done = write_template(chosen.output, open_dataset(spec, asked), names)
    print(
        f"{chosen.output} lists {done.views} views and {done.training} training photographs. Fill in their "
        f"scores, then type: pytest cases --iad-dataset {chosen.dataset} --iad-model scores:{chosen.output}"
    )
    return FINE


def _typed(chosen: argparse.Namespace, **more: Sequence[str]) -> Source:
    """A command's options, as many as it has, and what its other arguments say in their place."""
    return Source(lambda name: more.get(name) or getattr(chosen, name, None) or (), Path())


def _print(document: Document) -> None:
    from iad_eval.reports.terminal import can_show, text_for

    width = shutil.get_terminal_size((160, 24)).columns
    is_terminal, ascii_only = sys.stdout.isatty(), not can_show(sys.stdout.encoding)
    print(text_for(document, width=width, colour=is_terminal, ascii_only=ascii_only))
