"""What comparing two full-size runs costs.

    python benchmarks/comparison.py

Writes two runs of 62,192 observations (MVTec-AD and VisA, 4 perturbations, 4 models) that differ in a tenth
of them, stores the first one, and times ``python -m iad_eval compare`` on file and run, beside a loop that
does no more than parse the lines of one run. Expected: the whole comparison under 10 s.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

from report import write_run

from iad_eval.run import RunDirectory


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        before, after = (RunDirectory(Path(folder) / name) for name in ("before", "after"))
        count = write_run(before)
        write_run(after, flipped=0.1)
        start = time.perf_counter()
        for shard in after.observations_folder.glob("*.jsonl"):
            for line in shard.read_text().splitlines():
                json.loads(line)
        parsing = time.perf_counter() - start
        print(f"{count} observations, parsed in {parsing:.2f} s")
        file, output = Path(folder) / "before.json", Path(folder) / "compared"
        _timed("store", parsing, "store", str(before.path), "-o", str(file))
        size = len(zlib.compress(file.read_bytes(), 9)) / count
        print(f"the stored run takes {size:.1f} bytes a view, compressed")
        gate = ("--iad-fail-drop", "2", "-o", str(output))
        _timed("compare file and run", parsing, "compare", str(file), str(after.path), *gate)
        _timed("compare two runs", parsing, "compare", str(before.path), str(after.path), *gate)


def _timed(what: str, parsing: float, *arguments: str) -> None:
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "iad_eval", *arguments], stdout=subprocess.DEVNULL, check=False
    )
    if done.returncode not in (0, 1):
        sys.exit(f"{what} ended with {done.returncode}")
    seconds = time.perf_counter() - start
    print(f"{what}: {seconds:.1f} s, {seconds / parsing:.1f} times parsing alone")


if __name__ == "__main__":
    main()
