"""The words AnomalyGPT is given: of a class for the image's comparison, and of the part for the LLM.

What is written here are inputs that the published weights were trained with; other words are
other inputs and give other answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

QUESTION: Final = "Is there any anomaly in the image?"

BEFORE_IMAGE: Final = "### Human: <Img>"
AFTER_IMAGE: Final = "</Img> "
BEFORE_ANSWER: Final = "\n### Assistant:"

_CLASS_WORDS: Final = (
    *("bottle", "cable", "capsule", "carpet", "grid", "hazelnut", "leather", "metal nut", "pill", "screw"),
    *("tile", "toothbrush", "transistor", "wood", "zipper", "object"),
    *("candle", "cashew", "chewinggum", "fryum", "macaroni", "pcb", "pipe fryum"),
)
"""In the order in which they are looked for in a prompt: the first that occurs in it is taken."""

_ANY_CLASS: Final = "object"

_GOOD_STATES: Final = (
    *("{}", "flawless {}", "perfect {}", "unblemished {}"),
    *("{} without flaw", "{} without defect", "{} without damage"),
)
_BAD_STATES: Final = ("damaged {}", "broken {}", "{} with flaw", "{} with defect", "{} with damage")
_PICTURES: Final = ("a photo of a {}.", "a photo of the {}.")

_SOUND: Final = "without any damage, flaw, defect, scratch, hole or broken part"
_PLAIN: Final = f"which should be {_SOUND}"

_PARTS: Final[Mapping[str, tuple[str, str]]] = {
    "bottle": ("a bottle", f"which should be round, {_SOUND}"),
    "cable": ("three cables", f"cables cannot be missed or swapped, {_PLAIN}"),
    "capsule": ("a capsule", f"which should be black and orange, with print '500', {_SOUND}"),
    "carpet": ("carpet", _PLAIN),
    "grid": ("grid", _PLAIN),
    "leather": ("leather", f"which should be brown and {_SOUND}"),
    "metal_nut": ("a metal nut", f"{_PLAIN}, and shouldn't be fliped"),
    "pill": ("a pill", f"which should be white, with print 'FF' and red patterns, {_SOUND}"),
    "screw": ("a screw", f"which tail should be sharp, and {_SOUND}"),
    "tile": ("tile", _PLAIN),
    "wood": ("wood", f"which should be brown with patterns, {_SOUND}"),
    "candle": ("4 candles", f"every candle should be round, {_SOUND}"),
    "capsules": ("many small capsules", f"every capsule is green, should be {_SOUND}"),
    "chewinggum": ("a chewinggom", f"which should be white, {_SOUND}"),
    "macaroni1": ("4 macaronis", _PLAIN),
    "macaroni2": ("4 macaronis", _PLAIN),
    **{f"pcb{number}": ("pcb", _PLAIN) for number in (1, 2, 3, 4)},
}
"""What is to be seen, and how it should be, where that is more than its name and soundness."""

_BACKGROUNDS: Final[Mapping[str, str]] = {"fryum": " on green background"}


def description(class_name: str, is_corrected: bool = False) -> str:
    """What the LLM is told of a part, as the authors' test scripts tell it.

    A class that they do not know is described by its name. ``is_corrected`` spells chewing gum right.
    """
    part, should = _PARTS.get(class_name, (f"a {plain(class_name)}", _PLAIN))
    if is_corrected:
        part = part.replace("gom", "gum")
    background = _BACKGROUNDS.get(class_name, "")
    return f"This is a photo of {part} for anomaly detection{background}, {should}."


def prompt(class_name: str, is_corrected: bool = False) -> str:
    """The description and the question."""
    return f"{description(class_name, is_corrected)} {QUESTION}"


def class_word(class_name: str, is_corrected: bool = False) -> str:
    """The word that stands for a class in the sentences that patches are compared with.

    The authors search their prompt for the first of the words they know, so that some of VisA's
    classes go under another's name: ``pipe_fryum`` is a fryum, ``capsules`` a capsule,
    ``chewinggum`` (misspelt in the prompt) and what they have never seen an object.
    ``is_corrected`` takes the class's own name, as training did.
    """
    if is_corrected:
        return plain(class_name)
    said = prompt(class_name)
    return next((word for word in _CLASS_WORDS if word in said), _ANY_CLASS)


def states(word: str) -> tuple[list[str], list[str]]:
    """14 sentences that call a part good, 10 that call it bad."""
    good, bad = (
        [picture.format(state.format(word)) for state in states for picture in _PICTURES]
        for states in (_GOOD_STATES, _BAD_STATES)
    )
    return good, bad


def plain(class_name: str) -> str:
    """A class's name in words: ``metal_nut`` is a metal nut."""
    return class_name.replace("_", " ")
