"""Puts what the embedded checkpoint answered in a live session beside it, sorted, for sessions without vLLM.

pytest cases --iad-model qwen2-vl-tiny --iad-recorded no --iad-cache CACHE
python training/record.py CACHE
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

from iad_eval.predictors import TINY
from iad_eval.store import read_records


def main() -> None:
    """Writes one file a class; what was recorded before is replaced."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cache", type=Path)
    arguments = parser.parse_args()
    answers = arguments.cache / "answers" / "qwen2-vl-tiny"
    recorded = TINY / "recorded"
    shutil.rmtree(recorded, ignore_errors=True)
    for folder in sorted(path for path in answers.iterdir() if path.is_dir()):
        records = {str(record["key"]): record for record in read_records(folder, ("key", "answer"))}
        place = recorded / folder.name / "answers.jsonl"
        place.parent.mkdir(parents=True)
        lines = [
            json.dumps(records[key], ensure_ascii=False, separators=(",", ":")) for key in sorted(records)
        ]
        place.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        print(f"{folder.name}: {len(lines)} answers, {place.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
