"""The identity of an answer: what changes it, and what must not."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from iad_eval.errors import DataError
from iad_eval.identity import FileDigests, digest_json, observation_key
from iad_eval.perturbations import Perturbation, Perturbed


def _same(name: str = "original", version: int = 1, **parameters: float) -> Perturbation:
    return Perturbation(name, lambda image, mask: Perturbed(image, mask, None), version, parameters)


def test_key_is_the_same_for_the_same_things_in_any_order() -> None:
    one = observation_key("i", _same(a=1, b=2), {"model": "m", "seed": 0})
    assert one == observation_key("i", _same(b=2, a=1), {"seed": 0, "model": "m"})


@pytest.mark.parametrize(
    "other",
    [
        observation_key("j", _same(), {"model": "m"}),
        observation_key("i", _same("rotated"), {"model": "m"}),
        observation_key("i", _same(version=2), {"model": "m"}),
        observation_key("i", _same(sigma=1), {"model": "m"}),
        observation_key("i", _same(), {"model": "n"}),
        observation_key("i", _same(), {"model": "m", "prompt": ""}),
    ],
)
def test_key_differs_with_everything_that_decides_an_answer(other: str) -> None:
    assert observation_key("i", _same(), {"model": "m"}) != other


def test_json_digest_has_one_canonical_form() -> None:
    assert digest_json({"b": [1, "ü"], "a": None}) == digest_json({"a": None, "b": [1, "ü"]})
    with pytest.raises(ValueError, match="not JSON compliant"):
        digest_json(float("nan"))


def test_files_are_digested_once(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(b"1" * 3_000_000)
    digests = FileDigests()
    digests.warm([path, tmp_path / "missing.png"])
    path.write_bytes(b"2")
    assert digests(path) == hashlib.sha256(b"1" * 3_000_000).hexdigest()[:32]
    with pytest.raises(DataError, match=r"cannot read .*missing\.png: No such file"):
        digests(tmp_path / "missing.png")


def test_a_name_that_is_no_valid_text_has_an_identity_too() -> None:
    assert digest_json(["bent\udce9"]) != digest_json(["bent\udcea"])
