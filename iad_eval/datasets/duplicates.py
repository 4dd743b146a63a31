"""The same photograph in two places: leaked from training to test, or filed under another class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iad_eval.datasets.inspection import Inspected
from iad_eval.words import Sample

Found = tuple[str, str, str, str]
"""Class, path, problem, remedy."""


def duplicates(inspected: Iterable[Inspected]) -> Iterator[Found]:
    """Every photograph that stands elsewhere too: same bytes, or same pixels in another file format.

    Named once, at the later place in the order of training before test, then by id.
    """
    first: dict[str, Inspected] = {}
    for each in sorted(inspected, key=lambda each: (each.sample.split != "train", each.sample.id)):
        if not each.pixel_digest:
            continue
        other = first.setdefault(each.pixel_digest, each)
        if other is not each:
            same = "the same file" if other.file_digest == each.file_digest else "the same picture"
            what, remedy = _meaning(other.sample, each.sample)
            yield (
                each.sample.class_name,
                str(each.sample.image_path),
                f"{same} as {other.sample.id}: {what}",
                remedy,
            )


def _meaning(one: Sample, other: Sample) -> tuple[str, str]:
    if one.class_name != other.class_name:
        return "one of them is filed under the wrong class", "remove the misfiled one"
    if one.split != other.split:
        return "a training photograph is tested on", "remove it from one of the two"
    if one.defect != other.defect:
        return "one photograph with two truths", "decide which truth holds and remove the other"
    return "it counts twice", "remove one"
