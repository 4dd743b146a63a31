"""Which weights a name means: hub names with revisions, folders by what lies in them."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

from iad_eval.errors import ModelError
from iad_eval.predictors.lvlm.weights import model_type, weights

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "model"
    (place / "recorded").mkdir(parents=True)
    for name in (
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "chat_template.jinja",
        "vocab.txt",
        "preprocessor_config.json",
    ):
        (place / name).write_bytes(name.encode() * 3)
    (place / "config.json").write_text(json.dumps({"model_type": "qwen2_vl"}))
    (place / "README.md").write_text("a card")
    (place / "training.csv").write_text("1,2")
    (place / "recorded" / "answers.jsonl").write_text("{}")
    return place


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path


def _cached(hub: Path, kind: str = "qwen2_vl") -> None:
    place = hub / "models--Qwen--Qwen2-VL-2B-Instruct"
    (place / "refs").mkdir(parents=True)
    (place / "refs" / "main").write_text(COMMIT + "\n")
    (place / "snapshots" / COMMIT).mkdir(parents=True)
    (place / "snapshots" / COMMIT / "config.json").write_text(json.dumps({"model_type": kind}))


@pytest.mark.parametrize(
    "name",
    [
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "chat_template.jinja",
        "vocab.txt",
        "preprocessor_config.json",
    ],
)
def test_one_byte_of_any_file_that_answers_are_made_with_is_another_model(folder: Path, name: str) -> None:
    before = weights(str(folder))
    content = bytearray((folder / name).read_bytes())
    content[-1] ^= 1
    (folder / name).write_bytes(content)
    assert weights(str(folder)).identity != before.identity
    (folder / name).unlink()
    if name != "config.json":
        assert weights(str(folder)).identity != before.identity


@pytest.mark.parametrize("name", ["README.md", "training.csv", "recorded/answers.jsonl", ".gitattributes"])
def test_what_people_read_and_what_was_recorded_is_the_same_model(folder: Path, name: str) -> None:
    before = weights(str(folder))
    (folder / name).write_text("something else")
    assert weights(str(folder)) == before


def test_the_same_content_elsewhere_is_the_same_model(folder: Path) -> None:
    before = weights(str(folder))
    moved = folder.rename(folder.with_name("moved"))
    after = weights(str(moved))
    assert after.identity == before.identity
    assert (after.target, after.revision, after.is_local) == (str(moved.resolve()), None, True)


def test_content_that_moves_from_one_file_to_the_next_is_noticed(folder: Path) -> None:
    before = weights(str(folder)).identity
    first, second = (folder / "model.safetensors").read_bytes(), (folder / "tokenizer.json").read_bytes()
    (folder / "model.safetensors").write_bytes(first + second[:1])
    (folder / "tokenizer.json").write_bytes(second[1:])
    assert weights(str(folder)).identity != before


def test_a_large_file_is_told_by_both_ends_and_its_size(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = importlib.import_module("iad_eval.predictors.lvlm.weights")  # the door has a function so named
    monkeypatch.setattr(module, "WHOLE", 100)
    monkeypatch.setattr(module, "_ENDS", 20)
    large = folder / "model.safetensors"
    found = set()
    for content in (b"a" * 200, b"b" + b"a" * 199, b"a" * 199 + b"b", b"a" * 201):
        large.write_bytes(content)
        found.add(weights(str(folder)).identity)
    assert len(found) == 4


def test_a_folder_without_a_model_says_which_folder_to_name(folder: Path) -> None:
    (folder / "config.json").unlink()
    with pytest.raises(ModelError, match=r"holds no config.json: name the folder"):
        weights(str(folder))


def test_a_hub_name_with_a_revision_is_taken_at_its_word(hub: Path) -> None:
    found = weights("Qwen/Qwen2-VL-2B-Instruct@v1.0")
    assert (found.target, found.revision) == ("Qwen/Qwen2-VL-2B-Instruct", "v1.0")
    assert found.identity == "Qwen/Qwen2-VL-2B-Instruct@v1.0"
    assert weights("Qwen/Qwen2-VL-2B-Instruct@refs/pr/3").revision == "refs/pr/3"
    assert not found.is_local


def test_a_model_that_is_not_here_yet_is_its_main_branch(hub: Path) -> None:
    found = weights("Qwen/Qwen2-VL-2B-Instruct")
    assert found.revision == "main"
    assert model_type(found) is None


@pytest.mark.parametrize(
    ("variables", "cache"),
    [
        ({}, "home/.cache/huggingface/hub"),
        ({"XDG_CACHE_HOME": "xdg"}, "xdg/huggingface/hub"),
        ({"HF_HOME": "hf"}, "hf/hub"),
        ({"HF_HUB_CACHE": "hub"}, "hub"),
        ({"HF_HUB_CACHE": "hub", "HF_HOME": "hf"}, "hub"),
    ],
)
def test_the_revision_is_the_one_that_the_hub_s_cache_holds(
    hub: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], cache: str
) -> None:
    for name, place in variables.items():
        monkeypatch.setenv(name, str(hub / place))
    _cached(hub / cache)
    found = weights("Qwen/Qwen2-VL-2B-Instruct")
    assert found.revision == COMMIT
    assert found.identity == f"Qwen/Qwen2-VL-2B-Instruct@{COMMIT}"
    assert model_type(found) == "qwen2_vl"


def test_the_architecture_of_a_folder_is_read_from_its_configuration(folder: Path) -> None:
    assert model_type(weights(str(folder))) == "qwen2_vl"
    for broken in ("{", "[]", '{"model_type": 3}', "{}"):
        (folder / "config.json").write_text(broken)
        assert model_type(weights(str(folder))) is None


@pytest.mark.parametrize(
    "text",
    [
        "gpt2",
        "a/b/c",
        "/no/such/folder",
        "./none",
        "~/none",
        "Qwen/",
        "/Qwen",
        "Qwen/ x",
        "Qwen/..",
        "a b/c",
    ],
)
def test_other_names_say_what_to_type(text: str, hub: Path) -> None:
    with pytest.raises(
        ModelError, match=r"is no folder with a model.*--iad-model vllm:Qwen/Qwen2-VL-7B-Instruct"
    ):
        weights(text)
