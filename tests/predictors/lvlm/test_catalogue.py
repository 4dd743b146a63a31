"""Models that have a name of their own can be typed, and those that can be typed are known."""

from __future__ import annotations

from iad_eval.predictors import _OWN, model_entry
from iad_eval.predictors.lvlm.catalogue import FAMILY, KNOWN
from iad_eval.prompts import DEFAULT_PROTOCOLS


def test_every_known_lvlm_can_be_typed_and_asked() -> None:
    for name in KNOWN:
        entry = model_entry(name)
        assert (entry.name, entry.protocols) == (name, DEFAULT_PROTOCOLS)


def test_every_lvlm_that_can_be_typed_is_known() -> None:
    assert {entry.name for entry in _OWN if entry.protocols} == {*KNOWN, FAMILY}
