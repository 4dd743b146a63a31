"""``iad-eval``, also ``python -m iad_eval``: everything that needs no pytest.

Exit codes: 0 fine, 1 findings, 2 wrong use.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path

from iad_eval import commands
from iad_eval.commands import FINE
from iad_eval.errors import IadError
from iad_eval.limits import GATES
from iad_eval.options import OPTIONS

WRONG_USE = 2
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
    parsers = parser.add_subparsers(required=True, metavar="COMMAND")

    report = parsers.add_parser("report", help="build the reports of a run from its directory and print it")
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
    report.set_defaults(run=commands.report)

    merge = parsers.add_parser("merge", help="put several runs of one configuration into one")
    merge.add_argument("runs", type=Path, nargs="+", metavar="RUN")
    merge.add_argument("-o", "--output", type=Path, required=True, metavar="RUN")
    merge.set_defaults(run=commands.merge)

    store = parsers.add_parser("store", help="keep what later runs are compared with in one small file")
    store.add_argument("run_directory", type=Path, metavar="RUN", help="for example runs/latest")
    store.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help="baseline.json, or .json.gz"
    )
    store.add_argument("--partial", action="store_true", help="also a run that misses views")
    store.set_defaults(run=commands.store)

    compare = parsers.add_parser(
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
    compare.set_defaults(run=commands.compare)

    check = parsers.add_parser("check-data", help="look for damage in a dataset; exit code 1 on findings")
    check.add_argument("dataset", metavar="NAME:PATH", help="for example mvtec:data/mvtec")
    check.add_argument(
        "--iad-good",
        action="append",
        default=[],
        metavar="NAME",
        help="what folder datasets call their good folder",
    )
    check.set_defaults(run=commands.check_data)

    show = parsers.add_parser("show-prompt", help="print what an LVLM would be sent, case by case")
    for option in OPTIONS:
        option.add_to(show.add_argument)
    show.set_defaults(run=commands.show_prompt)

    draw = parsers.add_parser("draw-data", help="write the drawn dataset as a folder in MVTec-AD's layout")
    draw.add_argument("folder", type=Path, metavar="DIR")
    draw.add_argument("--seed", type=int, default=0, metavar="N")
    draw.set_defaults(run=commands.draw_data)

    export = parsers.add_parser(
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
    export.set_defaults(run=commands.export_scores)
    return parser


def _megabytes(typed: str) -> float:
    try:
        value = float(typed)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{typed} is no size: type for example --embed {EMBED_MB}")
    return value
