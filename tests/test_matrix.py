"""Which cases a session has, in which order, under which names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from iad_eval.errors import DataError, UsageError
from iad_eval.matrix import build, case_id
from iad_eval.predictors import ModelContext, ModelEntry, Predictor, model_entry
from iad_eval.words import Case, ClassSamples, Json, Sample


class Listed:
    """A dataset that exists as names only."""

    def __init__(self, name: str, **classes: int) -> None:
        self.name = name
        self._classes = classes

    def classes(self) -> tuple[str, ...]:
        return tuple(sorted(self._classes))

    def samples(self, class_name: str) -> ClassSamples:
        test = tuple(
            Sample(self.name, class_name, "test", "good", f"{n:03d}", False, Path("x.png"))
            for n in range(self._classes[class_name])
        )
        return ClassSamples((), test)

    def prepare(self, class_name: str) -> None:
        raise AssertionError("collection draws nothing")

    def describe(self) -> dict[str, Json]:
        return {}


def _never(name: str, context: ModelContext) -> Predictor:
    raise AssertionError("collection opens no model")


LVLM = ModelEntry("lvlm", _never, ("oneshot-specific", "zeroshot"))
DETECTOR = ModelEntry("glass", _never)
BOTH: Mapping[str, ModelEntry] = {"lvlm": LVLM, "glass": DETECTOR}
MVTEC = Listed("mvtec", bottle=2, capsule=2)
VISA = Listed("visa", capsules=2)


def test_cases_of_a_class_stand_together_model_by_model() -> None:
    cases = build([MVTEC, VISA], [], ["original", "rotated"], BOTH, [])
    assert len(cases) == 3 * 2 * 2
    assert [case.model for case in cases] == ["lvlm"] * 6 + ["glass"] * 6
    assert cases[0] == Case("lvlm", "mvtec", "bottle", "original", "oneshot-specific")
    assert cases[6] == Case("glass", "mvtec", "bottle", "original", None)
    assert [case.class_name for case in cases[:6]] == ["bottle"] * 2 + ["capsule"] * 2 + ["capsules"] * 2


def test_ids_name_a_protocol_only_where_it_is_not_the_default() -> None:
    cases = build([MVTEC], ["bottle"], ["rotated"], BOTH, ["oneshot-specific", "zeroshot"])
    assert [case_id(case, BOTH) for case in cases] == [
        "mvtec-bottle-rotated-lvlm",
        "mvtec-bottle-rotated-lvlm-zeroshot",
        "mvtec-bottle-rotated-glass",
    ]


def test_a_class_is_chosen_by_its_exact_name() -> None:
    cases = build([MVTEC, VISA], ["capsule"], ["original"], {"glass": DETECTOR}, [])
    assert [(case.dataset, case.class_name) for case in cases] == [("mvtec", "capsule")]


def test_unknown_names_come_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"unknown class 'botle'\. Did you mean 'bottle'\?.*--iad-class"):
        build([MVTEC], ["botle"], ["original"], BOTH, [])
    with pytest.raises(UsageError, match=r"unknown protocol 'zeroshoot'\. Did you mean 'zeroshot'"):
        build([MVTEC], [], ["original"], BOTH, ["zeroshoot"])
    with pytest.raises(UsageError, match=r"none of the models \(glass\) has protocols"):
        build([MVTEC], [], ["original"], {"glass": DETECTOR}, ["zeroshot"])
    with pytest.raises(UsageError, match=r"unknown model 'patch-kn'\. Did you mean 'patch-knn'"):
        model_entry("patch-kn")


def test_families_of_models_are_found_by_their_prefix() -> None:
    family = ModelEntry("scores:", _never)
    assert model_entry("scores:file.csv", [family]) is family
    with pytest.raises(UsageError, match="says nothing after the colon"):
        model_entry("scores:", [family])
    with pytest.raises(UsageError, match="unknown model 'scores'"):
        model_entry("scores", [family])


def test_an_empty_class_is_refused() -> None:
    with pytest.raises(DataError, match="class 'lid' of dataset parts has no test photographs"):
        build([Listed("parts", lid=0)], [], ["original"], BOTH, [])
