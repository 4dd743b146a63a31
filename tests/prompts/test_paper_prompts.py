"""The built-in book says what the paper printed, and knows every published and drawn class."""

from __future__ import annotations

import pytest

from iad_eval.datasets.published import PUBLISHED
from iad_eval.drawing import catalogue
from iad_eval.prompts import DEFAULT_PROTOCOLS, load

QUESTION = (
    "The second image is for anomaly detection. Does the second image have any anomaly compared to "
    "the first image? Reply yes or no, then explain."
)
BOOK = load(None, {"mvtec": "mvtec", "visa": "visa", "drawn": "synthetic"}, {}, ())

TABLE_6 = """
bottle | NA | NA
cable | NA | Ignore differences in the position of the objects.
capsule | Ignore differences on the "actavis" text on the black surface. | \
Ignore differences on the "actavis" text on the black surface.
carpet | NA | NA
grid | Ignore differences in color tones. | Ignore differences in color tones.
hazelnut | NA | NA
leather | NA | NA
metal nut | NA | NA
pill | NA | NA
screw | NA | NA
tile | NA | NA
toothbrush | Ignore the color of the bristles for an anomaly. | \
Ignore the color of the bristles for an anomaly. Ignore the angle of the toothbrush head for an anomaly.
transistor | NA | NA
wood | NA | Ignore differences in vertical or horizontal grain pattern for an anomaly.
zipper | NA | NA
"""

TABLE_7 = """
candle | NA | NA
capsules | NA | NA
cashew | NA | NA
chewinggum | NA | NA
fryum | NA | NA
macaroni1 | NA | NA
macaroni2 | Ignore the orientation of the objects. | Ignore the orientation of the objects.
pcb1 | NA | NA
pcb2 | NA | NA
pcb3 | NA | NA
pcb4 | NA | NA
pipe fryum | NA | NA
"""

ROWS = [
    (dataset, *row.split(" | "))
    for dataset, table in (("mvtec", TABLE_6), ("visa", TABLE_7))
    for row in table.strip().splitlines()
]
CLASSES = [(dataset, name) for dataset, names in PUBLISHED.items() for name in names]
CLASSES += [("drawn", entry.name) for entry in catalogue()]


@pytest.mark.parametrize(("dataset", "printed", "otherwise", "rotated"), ROWS)
def test_the_default_protocol_asks_as_tables_6_and_7_print(
    dataset: str, printed: str, otherwise: str, rotated: str
) -> None:
    def asked(perturbation: str) -> str:
        return BOOK.prompt(dataset, printed.replace(" ", "_"), perturbation, DEFAULT_PROTOCOLS[0]).text

    def expected(sentence: str) -> str:
        return QUESTION if sentence == "NA" else f"{QUESTION} {sentence}"

    assert {asked(name) for name in ("original", "padded", "timestamp")} == {expected(otherwise)}
    assert asked("rotated") == expected(rotated)


def test_the_tables_have_every_class() -> None:
    printed = {(dataset, name.replace(" ", "_")) for dataset, name, *_ in ROWS}
    assert printed == {(dataset, name) for dataset, names in PUBLISHED.items() for name in names}


def test_the_protocols_are_those_of_table_5() -> None:
    assert BOOK.protocols == DEFAULT_PROTOCOLS
    shown = [BOOK.prompt("mvtec", "capsule", "original", name).shows_reference for name in DEFAULT_PROTOCOLS]
    assert shown == [True, True, False, False]


@pytest.mark.parametrize(("dataset", "class_name"), CLASSES)
def test_protocols_differ_as_their_names_say(dataset: str, class_name: str) -> None:
    specific, oneshot, described, bare = (
        BOOK.prompt(dataset, class_name, "rotated", name).text for name in DEFAULT_PROTOCOLS
    )
    assert oneshot == QUESTION
    assert specific.startswith(oneshot)
    assert described.endswith(bare)
    description = described.removesuffix(bare).strip()
    assert description.startswith(("A good ", "Good "))
    assert description.count(".") == 1
    assert description.endswith(".")


@pytest.mark.parametrize("protocol", ["zeroshot", "zeroshot-description"])
def test_without_a_reference_nothing_is_compared(protocol: str) -> None:
    text = BOOK.prompt("mvtec", "bottle", "original", protocol, shots=3).text
    assert not {"first", "second", "last", "compared", "reference"} & set(
        text.replace(".", "").lower().split()
    )


def test_several_references_are_counted_and_the_view_is_the_last() -> None:
    text = BOOK.prompt("mvtec", "capsule", "original", "oneshot-specific", shots=4).text
    assert "compared to the 4 reference images before it?" in text
    assert "The last image" in text
    assert "second" not in text
    assert text.endswith("black surface.")


def test_the_papers_words_belong_to_the_kind_and_not_to_the_name() -> None:
    book = load(None, {"mine": "mvtec", "mvtec": "folder"}, {}, ())
    assert book.prompt("mine", "grid", "original", "oneshot-specific").text.endswith("color tones.")
    assert book.prompt("mvtec", "grid", "original", "oneshot-specific").text == QUESTION
