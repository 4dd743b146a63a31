"""What rebuilding the reports of a full-size run costs.

    python benchmarks/report.py

Writes a run of 62,192 observations (MVTec-AD and VisA, 4 perturbations, 4 models of which
3 give scores) and times ``python -m iad_eval report`` on it, without the page and with page
and figures, beside a loop that does no more than parse the same lines. Expected: under 10 s
without the page, under 30 s with it, under 500 MB, the page under 3 MB.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from iad_eval.datasets.published import MVTEC_AD, VISA
from iad_eval.run import PlannedCase, RunDirectory, RunWriter, entries
from iad_eval.words import Case, Observation, TrainingScores

MODELS = {"alpha": True, "beta": True, "gamma": True, "lvlm": False}
PERTURBATIONS = ("original", "rotated", "padded", "timestamp")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        run = RunDirectory(Path(folder) / "run")
        count = write_run(run)
        start = time.perf_counter()
        for shard in run.observations_folder.glob("*.jsonl"):
            for line in shard.read_text().splitlines():
                json.loads(line)
        parsing = time.perf_counter() - start
        print(f"{count} observations, parsed in {parsing:.2f} s")
        for what, more in (("without the page", ["--no-page"]), ("with page and figures", [])):
            start = time.perf_counter()
            command = [sys.executable, "-m", "iad_eval", "report", str(run.path), *more]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            seconds = time.perf_counter() - start
            print(f"{what}: {seconds:.1f} s, {seconds / parsing:.1f} times parsing alone")
        page_mb = (run.path / "report.html").stat().st_size / 1e6
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{memory:.0f} MB at most; the page has {page_mb:.1f} MB")


def write_run(run: RunDirectory, flipped: float = 0.0) -> int:
    """Writes the observations; a share ``flipped`` of them scores or answers as chance has it."""
    chance, other = random.Random(0), random.Random(1)
    writer = RunWriter(run, "main")
    planned: list[PlannedCase] = []
    written = 0
    for dataset, classes in (("mvtec", MVTEC_AD), ("visa", VISA)):
        for class_name, counts in classes.items():
            for model, has_scores in MODELS.items():
                if has_scores:
                    scores = tuple(chance.gauss(0, 1) for _ in range(counts.train))
                    writer.calibrate(
                        TrainingScores(dataset, class_name, model, None, scores, "in-sample", "key")
                    )
                for perturbation in PERTURBATIONS:
                    views = counts.test_normal + counts.test_anomalous
                    planned.append(PlannedCase(Case(model, dataset, class_name, perturbation), views))
                    for number in range(views):
                        is_anomalous = number >= counts.test_normal
                        score = chance.gauss(1.5 * is_anomalous, 1)
                        if other.random() < flipped:
                            score = other.gauss(0.7, 1)
                        defect = "defect" if is_anomalous else "good"
                        written += 1
                        writer.observe(
                            Observation(
                                sample=f"{dataset}/{class_name}/test/{defect}/{number:03d}",
                                dataset=dataset,
                                class_name=class_name,
                                defect=defect,
                                is_anomalous=is_anomalous,
                                perturbation=perturbation,
                                model=model,
                                protocol=None,
                                score=score if has_scores else None,
                                answer=None
                                if has_scores
                                else ("Yes. A defect." if score > 0.7 else "No. It is fine."),
                                latency_s=0.1,
                                error=None,
                                mask_fraction=0.01 if is_anomalous else 0.0,
                                key=f"{written:031x}{int(flipped > 0)}",
                                hidden_fraction=0.0,
                            )
                        )
    writer.close()
    run.write_manifest({"seed": 0, "cases": entries(planned)})
    return written


if __name__ == "__main__":
    main()
