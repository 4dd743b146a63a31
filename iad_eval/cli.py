"""``iad-eval``, also ``python -m iad_eval``: everything that needs no pytest.

Exit codes: 0 fine, 1 findings, 2 wrong use.
"""

from __future__ import annotations

import argparse
import io
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from iad_eval.errors import IadError, UsageError
from iad_eval.limits import GATES
from iad_eval.options import OPTIONS, Source, gates, settings
from iad_eval.settings import DatasetSpec, Settings

if TYPE_CHECKING:
    from iad_eval.reports import Document

FINE, FINDINGS, WRONG_USE = 0, 1, 2
EMBED_MB = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a file's name or a prompt may hold anything
    chosen = _parser().parse_args(arguments)
    try:
        code: int = chosen.run(chosen)
    except IadError as error:
        print(f"iad-eval: {error}", file=sys.stderr)
        return WRONG_USE
    except BrokenPipeError:  # the reader of our output had enough
        sys.stderr.close()
        return FINE
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="iad-eval", description="Industrial anomaly detection, evaluated. Cases run with: pytest cases"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    report = commands.add_parser("report", help="build the reports of a run from its directory and print it")
    report.add_argument("run_directory", type=Path, metavar="RUN", help="for example runs/latest")
    report.add_argument("-v", "--verbose", action="store_true", help="with per-class detail")
    report.add_argument("--vs-paper", action="store_true", help="put the paper's figures beside the run's")
    report.add_argument(
        "--embed",
        nargs="?",
        type=_megabytes,
        const=EMBED_MB,
        metavar="MB",
        help=f"also report-embedded.html: one file with pictures, at most MB megabytes (default: {EMBED_MB})",
    )
    report.add_argument(
        "--parquet", action="store_true", help="also predictions.parquet and rows.parquet (needs pyarrow)"
    )
    report.add_argument(
        "--no-page", action="store_true", help="leave report.html and the figures as they are"
    )
    report.set_defaults(run=_report)

    merge = commands.add_parser("merge", help="put several runs of one configuration into one")
    merge.add_argument("runs", type=Path, nargs="+", metavar="RUN")
    merge.add_argument("-o", "--output", type=Path, required=True, metavar="RUN")
    merge.set_defaults(run=_merge)

    store = commands.add_parser("store", help="keep what later runs are compared with in one small file")
    store.add_argument("run_directory", type=Path, metavar="RUN", help="for example runs/latest")
    store.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help="baseline.json, or .json.gz"
    )
    store.add_argument("--partial", action="store_true", help="also a run that misses views")
    store.set_defaults(run=_store)

    compare = commands.add_parser(
        "compare", help="compare two runs, each a directory or a stored file; exit code 1 where a gate fails"
    )
    compare.add_argument("before", type=Path, metavar="A", help="FILE or RUN: as it was")
    compare.add_argument("after", type=Path, metavar="B", help="FILE or RUN: as it is now")
    compare.add_argument("-v", "--verbose", action="store_true", help="with every class in every view")
    compare.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="DIR",
        help="where comparison.md and .json go (default: B, if a run)",
    )
    for option in OPTIONS:
        if option.name in ("iad_undecided", *(f"iad_{gate}" for gate in GATES)):
            option.add_to(compare.add_argument)
    compare.set_defaults(run=_compare)

    check = commands.add_parser("check-data", help="look for damage in a dataset; exit code 1 on findings")
    check.add_argument("dataset", metavar="NAME:PATH", help="for example mvtec:data/mvtec")
    check.add_argument(
        "--iad-good",
        action="append",
        default=[],
        metavar="NAME",
        help="what folder datasets call their good folder",
    )
    check.set_defaults(run=_check_data)

    show = commands.add_parser("show-prompt", help="print what an LVLM would be sent, case by case")
    for option in OPTIONS:
        option.add_to(show.add_argument)
    show.set_defaults(run=_show_prompt)

    draw = commands.add_parser("draw-data", help="write the drawn dataset as a folder in MVTec-AD's layout")
    draw.add_argument("folder", type=Path, metavar="DIR")
    draw.add_argument("--seed", type=int, default=0, metavar="N")
    draw.set_defaults(run=_draw_data)

    export = commands.add_parser(
        "export-scores", help="write a file of scores: a template to fill in, or what a run holds of a model"
    )
    export.add_argument("dataset", nargs="?", metavar="NAME:PATH", help="a template for this dataset")
    export.add_argument("--from", dest="run_directory", type=Path, metavar="RUN", help="a run's scores")
    export.add_argument("--model", metavar="NAME", help="of the run (default: its only one)")
    export.add_argument("--protocol", metavar="NAME", help="of the run (default: the model's only one)")
    export.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.csv")
    for option in OPTIONS:
        if option.name in ("iad_perturbation", "iad_good", "iad_cache"):
            option.add_to(export.add_argument)
    export.set_defaults(run=_export_scores)
    return parser


def _report(chosen: argparse.Namespace) -> int:
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


def _megabytes(typed: str) -> float:
    try:
        value = float(typed)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{typed} is no size: type for example --embed {EMBED_MB}")
    return value


def _merge(chosen: argparse.Namespace) -> int:
    from iad_eval.merging import merge

    merged = merge(chosen.runs, chosen.output)
    print(f"{merged} holds {len(chosen.runs)} runs; see it with: python -m iad_eval report {merged}")
    return FINE


def _store(chosen: argparse.Namespace) -> int:
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


def _compare(chosen: argparse.Namespace) -> int:
    from iad_eval.gatekeeping import judgement, write
    from iad_eval.results import PAGE, conclude, untouched_cases
    from iad_eval.run import RunDirectory
    from iad_eval.storing import opened

    def typed(name: str) -> Sequence[str]:
        return [str(chosen.before)] if name == "iad_compare" else getattr(chosen, name, None) or ()

    held_to = gates(Source(typed, Path()), Source(lambda name: (), Path()))
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


def _check_data(chosen: argparse.Namespace) -> int:
    from iad_eval.datasets import open_dataset
    from iad_eval.datasets.check import check
    from iad_eval.datasets.published import PUBLISHED
    from iad_eval.reports.damage import damage_document

    settings = Settings(good=tuple(chosen.iad_good) or ("good",))
    spec = DatasetSpec.parse(chosen.dataset)
    report = check(open_dataset(spec, settings), PUBLISHED.get(spec.kind, {}))
    _print(damage_document(report))
    return FINDINGS if report.findings else FINE


def _show_prompt(chosen: argparse.Namespace) -> int:
    from iad_eval.showing import shown
    from iad_eval.suite import Registered, Suite

    def typed(name: str) -> Sequence[str]:
        return getattr(chosen, name) or ()

    suite = Suite(settings(Source(typed, Path()), Source(lambda name: (), Path())), Registered())
    try:
        for number, text in enumerate(shown(suite)):
            print(f"\n{text}" if number else text)
    finally:
        suite.close()
    return FINE


def _draw_data(chosen: argparse.Namespace) -> int:
    from iad_eval.datasets.synthetic import Synthetic

    Synthetic("synthetic", chosen.seed, Settings().cache).write(chosen.folder)
    print(f"Drawn into {chosen.folder}. Evaluate it with: pytest cases --iad-dataset folder:{chosen.folder}")
    return FINE


def _export_scores(chosen: argparse.Namespace) -> int:
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

    def typed(name: str) -> Sequence[str]:
        return getattr(chosen, name, None) or ()

    asked = settings(Source(typed, Path()), Source(lambda name: (), Path()))
    spec = DatasetSpec.parse(chosen.dataset)
    names = [perturbation(name).name for name in asked.perturbations]
    done = write_template(chosen.output, open_dataset(spec, asked), names)
    print(
        f"{chosen.output} lists {done.views} views and {done.training} training photographs. Fill in their "
        f"scores, then type: pytest cases --iad-dataset {chosen.dataset} --iad-model scores:{chosen.output}"
    )
    return FINE


def _print(document: Document) -> None:
    from iad_eval.reports.terminal import can_show, text_for

    width = shutil.get_terminal_size((160, 24)).columns
    is_terminal, ascii_only = sys.stdout.isatty(), not can_show(sys.stdout.encoding)
    print(text_for(document, width=width, colour=is_terminal, ascii_only=ascii_only))
