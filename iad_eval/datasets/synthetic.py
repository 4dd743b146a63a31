"""The embedded dataset: drawn parts, kept as files in MVTec-AD's native layout below the cache."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from iad_eval.drawing import VERSION, ClassEntry, catalogue
from iad_eval.drawing.files import photographs, write_class
from iad_eval.errors import DataError, UsageError, unknown
from iad_eval.identity import digest_file, digest_json
from iad_eval.store import locked, read_records
from iad_eval.words import GOOD, ClassSamples, Json, Sample

Progress = Callable[[int, int], None]
"""Called with the number of photographs written so far, and of all."""

_TRIES = 5
_SIGNED = "drawn.jsonl"


class Synthetic:
    """Eight classes drawn from a seed. Listing touches no file; :meth:`prepare` draws a class once.

    The photographs lie in ``cache/synthetic/seed<seed>-v<version>/<class>/...``, so that all other
    parts of the program see ordinary files.
    """

    def __init__(self, name: str, seed: int, cache: Path) -> None:
        self.name = name
        self.seed = seed
        self.root = cache / "synthetic" / f"seed{seed}-v{VERSION}"
        self._entries = {entry.name: entry for entry in catalogue()}
        self._prepared: set[str] = set()

    def classes(self) -> tuple[str, ...]:
        """The class names, sorted."""
        return tuple(sorted(self._entries))

    def samples(self, class_name: str) -> ClassSamples:
        """Lists one class from the catalogue. Raises UsageError for a name that is not in it."""
        place = self.root / class_name
        listed = [
            Sample(
                self.name,
                class_name,
                photograph.split,
                photograph.defect,
                photograph.stem,
                photograph.defect != GOOD,
                photograph.image_path(place),
                photograph.mask_path(place),
            )
            for photograph in photographs(self._entry(class_name))
        ]
        listed.sort(key=lambda sample: sample.id)
        return ClassSamples(
            tuple(sample for sample in listed if sample.split == "train"),
            tuple(sample for sample in listed if sample.split == "test"),
        )

    def prepare(self, class_name: str) -> None:
        """Draws the class unless all its files are there.

        It is drawn into a folder beside its place and moved there whole: other processes, and a kill
        at any moment, meet nothing or everything. Raises DataError where the cache cannot be written.
        """
        if class_name in self._prepared:
            return
        entry = self._entry(class_name)
        if not self._is_complete(class_name):
            try:
                self._draw(entry, self.root / class_name)
            except OSError as error:
                raise DataError(
                    f"cannot draw {self.name}/{class_name} into {self.root}: {error.strerror or error}; "
                    "choose a writable folder with --iad-cache DIR"
                ) from error
        self._prepared.add(class_name)

    def stand_ins(self, class_name: str) -> Mapping[str, str]:
        """Digest of each file as it was drawn here -> the digest of what it was drawn from.

        On another machine the same photograph may differ by a grey level, or its file by how it was
        packed: what a model said about it is found there all the same.
        """
        return {
            str(record["file"]): str(record["drawn"])
            for record in read_records(self.root / class_name, ("file", "drawn"))
        }

    def write(self, root: Path, progress: Progress | None = None) -> None:
        """Draws the whole dataset into ``root``, a new or empty folder, in MVTec-AD's layout.

        Raises UsageError where ``root`` is anything else, or cannot be written.
        """
        if root.exists() and (not root.is_dir() or any(root.iterdir())):
            what = "is not empty" if root.is_dir() else "is a file"
            raise UsageError(f"{root} {what}; name a new folder to draw the data into")
        total = sum(len(list(photographs(entry))) for entry in self._entries.values())
        written = 0
        try:
            for name in self.classes():
                for _ in write_class(self.seed, self._entries[name], root / name):
                    written += 1
                    if progress is not None:
                        progress(written, total)
        except OSError as error:
            raise UsageError(
                f"cannot draw into {root}: {error.strerror or error}; name a folder that can be written"
            ) from error

    def describe(self) -> dict[str, Json]:
        """Kind, seed and the version of the drawing."""
        return {"kind": "synthetic", "seed": self.seed, "version": VERSION}

    def _entry(self, class_name: str) -> ClassEntry:
        if class_name not in self._entries:
            raise unknown("class", class_name, self._entries, "--iad-class")
        return self._entries[class_name]

    def _is_complete(self, class_name: str) -> bool:
        listed = self.samples(class_name)
        paths = [
            path for sample in (*listed.train, *listed.test) for path in (sample.image_path, sample.mask_path)
        ]
        signed = self.root / class_name / _SIGNED
        return signed.is_file() and all(path is None or path.is_file() for path in paths)

    def _draw(self, entry: ClassEntry, place: Path) -> None:
        draft = _beside(place, "draft")
        try:
            for _ in write_class(self.seed, entry, draft):
                pass
            self._sign(entry, draft)
            with locked(self.root):  # a copy that another process reads is not to be moved away
                self._move_in(draft, place)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _sign(self, entry: ClassEntry, place: Path) -> None:
        """Notes beside the photographs which bytes were drawn from what."""
        lines = []
        for each in photographs(entry):
            drawn: list[Json] = [
                "drawn",
                VERSION,
                self.seed,
                entry.name,
                each.split,
                each.defect,
                each.number,
            ]
            for part, path in (("image", each.image_path(place)), ("mask", each.mask_path(place))):
                if path is not None and path.is_file():
                    lines.append({"file": digest_file(path), "drawn": digest_json([*drawn, part])})
        (place / _SIGNED).write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")

    def _move_in(self, draft: Path, place: Path) -> None:
        """Where another process was first, its copy stays; a folder with files missing gives way."""
        for chance in range(_TRIES):
            try:
                draft.rename(place)
                return
            except OSError:
                if self._is_complete(place.name):
                    return
                if chance == _TRIES - 1 or (place.exists() and not place.is_dir()):
                    raise
            aside = _beside(place, "incomplete")
            try:
                place.rename(aside)
            except FileNotFoundError:
                continue  # another process has just moved it away
            shutil.rmtree(aside, ignore_errors=True)


def _beside(place: Path, what: str) -> Path:
    """A name in the same folder that nobody else uses; of dead processes, such folders may stay behind."""
    return place.parent / f".{place.name}-{what}-{os.getpid()}-{secrets.token_hex(4)}"
