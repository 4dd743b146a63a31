"""What collecting the full matrix costs beyond as many empty parametrized tests.

    python benchmarks/collection.py

Builds MVTec-AD and VisA trees of empty files with the published counts, then times
``pytest --collect-only`` on 27 classes x 4 perturbations x 4 models and on an ordinary
parametrized test of the same number of items, in turns. Expected: under 2 s more.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from iad_eval.datasets.published import MVTEC_AD, VISA

MODELS = ("patch-knn", "always-anomalous", "always-normal", "random")
ROUNDS = 3


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        files = _mvtec_tree(root / "mvtec") + _visa_tree(root / "visa")
        items = (len(MVTEC_AD) + len(VISA)) * 4 * len(MODELS)
        (root / "test_cases.py").write_text("def test_detection(iad_case): iad_case.check()\n")
        (root / "test_empty.py").write_text(
            f"import pytest\n@pytest.mark.parametrize('n', range({items}))\ndef test_empty(n): pass\n"
        )
        models = [word for model in MODELS for word in ("--iad-model", model)]
        datasets = ["--iad-dataset", "mvtec:mvtec", "--iad-dataset", "visa:visa"]
        ours, empty = [], []
        for _ in range(ROUNDS):
            empty.append(_seconds(root, items, ["test_empty.py", "-p", "no:iad_eval.plugin"]))
            ours.append(_seconds(root, items, ["test_cases.py", *datasets, *models]))
    print(f"{files} files, {items} items, best of {ROUNDS}")
    print(f"empty tests {min(empty):.2f} s, cases {min(ours):.2f} s: {min(ours) - min(empty):.2f} s more")
    print(f"ratio {min(ours) / min(empty):.2f}")


def _seconds(root: Path, items: int, arguments: list[str]) -> float:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *arguments]
    start = time.perf_counter()
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if f"{items} tests collected" not in done.stdout:
        raise SystemExit(f"collected something else:\n{done.stdout[-2000:]}{done.stderr}")
    return seconds


def _mvtec_tree(root: Path) -> int:
    count = 0
    for name, counts in MVTEC_AD.items():
        for folder, files in (
            ("train/good", counts.train),
            ("test/good", counts.test_normal),
            ("test/defect", counts.test_anomalous),
        ):
            count += _touch(root / name / folder, files, "{:03d}.png")
        count += _touch(root / name / "ground_truth" / "defect", counts.test_anomalous, "{:03d}_mask.png")
    return count


def _visa_tree(root: Path) -> int:
    rows: list[list[str]] = []
    for name, counts in VISA.items():
        normal, anomalous, masks = (
            f"{name}/Data/{part}" for part in ("Images/Normal", "Images/Anomaly", "Masks/Anomaly")
        )
        _touch(root / normal, counts.train + counts.test_normal, "{:04d}.JPG")
        _touch(root / anomalous, counts.test_anomalous, "{:03d}.JPG")
        _touch(root / masks, counts.test_anomalous, "{:03d}.png")
        for number in range(counts.train + counts.test_normal):
            split = "train" if number < counts.train else "test"
            rows.append([name, split, "normal", f"{normal}/{number:04d}.JPG", ""])
        for number in range(counts.test_anomalous):
            rows.append(
                [name, "test", "anomaly", f"{anomalous}/{number:03d}.JPG", f"{masks}/{number:03d}.png"]
            )
    split_file = root / "split_csv" / "1cls.csv"
    split_file.parent.mkdir(parents=True)
    with split_file.open("w", newline="") as file:
        csv.writer(file).writerows([["object", "split", "label", "image", "mask"], *rows])
    return len(rows)


def _touch(folder: Path, count: int, name: str) -> int:
    folder.mkdir(parents=True)
    for number in range(count):
        (folder / name.format(number)).touch()
    return count


if __name__ == "__main__":
    main()
