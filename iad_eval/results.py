"""The results of a run: rebuilt from its directory alone, written beside the observations."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from iad_eval.circumstances import now
from iad_eval.errors import UsageError
from iad_eval.gaps import gaps
from iad_eval.identity import digest_json
from iad_eval.predictions import write_predictions, write_predictions_parquet
from iad_eval.rows import write_rows, write_rows_parquet
from iad_eval.run import RunDirectory
from iad_eval.store import locked, write_atomically
from iad_eval.summary import missing, summarise, summary_text
from iad_eval.words import Case, Json, Observation, TrainingScores

if TYPE_CHECKING:
    from iad_eval.reports import Document


PAGE = "report.html"
MARKDOWN_BYTES = 60_000
"""The most that ``report.md`` holds: a comment on a pull request takes 65,536 characters."""


@dataclass(frozen=True, slots=True)
class Results:
    """What came out of a run: its summary (the content of ``summary.json``), its manifest and its records."""

    run: Path
    summary: Mapping[str, Json]
    manifest: Mapping[str, Json]
    observations: Sequence[Observation]
    training: Sequence[TrainingScores]

    @property
    def is_complete(self) -> bool:
        """Whether every view that was asked for was observed."""
        return missing(self.summary) == 0

    def document(
        self,
        *,
        verbose: bool,
        next_from: Path | None = None,
        vs_paper: bool = False,
        with_figures: bool = False,
    ) -> Document:
        """The report, for any renderer; a person standing in ``next_from`` is told what to type next.

        ``vs_paper`` puts the paper's printed figures beside the run's.
        """
        from iad_eval.reports import summary_document

        next_for = None
        if next_from is not None:
            inside = self.run.is_relative_to(next_from)
            next_for = str(self.run.relative_to(next_from) if inside else self.run)
        return summary_document(
            self.summary,
            self.manifest,
            verbose=verbose,
            next_for=next_for,
            vs_paper=vs_paper,
            with_figures=with_figures,
            has_page=with_figures or (self.run / PAGE).is_file(),
        )


def conclude(
    run: RunDirectory,
    *,
    finished: bool = False,
    vs_paper: bool = False,
    untouched: Mapping[Case, str] | None = None,
) -> Results:
    """Reads a run and writes ``summary.json``, ``rows.csv``, ``predictions.csv`` and ``report.md``.

    ``finished`` says that a session just ended: the manifest then learns when, which photographs it saw, how
    each LVLM was served, how much sampling moved it, and which cases were left out as ``untouched``.
    Raises UsageError where the directory cannot be written.
    """
    from iad_eval.reports.markdown import render

    observations = list(run.observations().values())
    manifest = run.manifest()
    seed = manifest.get("seed", 0)
    assert isinstance(seed, int)
    planned = run.planned()
    asked = sum(each.views for each in planned)
    training = run.training_scores()
    repeats = list(run.repeats().values())
    summary = summarise(observations, training, asked=asked, seed=seed, repeats=repeats)
    summary["gaps"] = list(gaps(planned, observations))
    if finished:
        manifest = _finish(run, observations, summary, untouched or {})
    results = Results(run.path, summary, manifest, observations, training)
    with writing("reports", run.path):
        write_atomically(run.path / "summary.json", summary_text(results.summary))
        write_predictions(run.path / "predictions.csv", observations, training)
        write_rows(run.path / "rows.csv", summary)
        document = results.document(verbose=True, vs_paper=vs_paper)
        write_atomically(run.path / "report.md", render(document, MARKDOWN_BYTES))
    return results


def write_parquet(results: Results) -> None:
    """Writes ``predictions.parquet`` and ``rows.parquet``.

    Raises UsageError where pyarrow is missing or the directory cannot be written.
    """
    with writing("Parquet files", results.run):
        write_predictions_parquet(results.run / "predictions.parquet", results.observations, results.training)
        write_rows_parquet(results.run / "rows.parquet", results.summary)


@contextlib.contextmanager
def writing(what: str, run: Path) -> Iterator[None]:
    """Raises UsageError, which says that nothing is lost, where a run's directory cannot be written."""
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"cannot write {what} into {run}: {error.strerror or error}. What was observed is kept: "
            f"make room or make it writable, then type: python -m iad_eval report {run}"
        ) from error


def untouched_cases(manifest: Mapping[str, Json]) -> dict[Case, str]:
    """The cases that a run left out, since all that decides their answers was as in the compared run.

    With the digest of these answers' identities.
    """
    found = manifest.get("untouched", [])
    assert isinstance(found, list)
    parts = Case.__dataclass_fields__
    return {Case(**{name: entry[name] for name in parts}): str(entry["key"]) for entry in found}


def _finish(
    run: RunDirectory,
    observations: list[Observation],
    summary: Mapping[str, Json],
    untouched: Mapping[Case, str],
) -> dict[str, Json]:
    """Writes into the manifest what is known only at the end; returns it."""
    with locked(run.path):
        manifest = {
            **run.manifest(),
            "finished": now(),
            "dataset_digests": _dataset_digests(observations),
            "serving": summary["serving"],
            "noise": summary["noise"],
            "untouched": [
                {**asdict(case), "key": untouched[case]}
                for case in sorted(untouched, key=lambda each: each.sort_key)
            ],
        }
        run.write_manifest(manifest)
    return manifest


def _dataset_digests(observations: list[Observation]) -> dict[str, Json]:
    """One digest a dataset, over the photographs, masks and truths that the run saw."""
    seen: dict[str, set[tuple[str, str, str, bool]]] = {}
    for each in observations:
        entry = (each.sample, each.image_digest, each.mask_digest, each.is_anomalous)
        seen.setdefault(each.dataset, set()).add(entry)
    return {name: digest_json([list(entry) for entry in sorted(entries)]) for name, entries in seen.items()}
