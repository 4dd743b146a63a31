"""AnomalyGPT's files: every tensor accounted for, and clear words where one is not."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the baselines extra is not installed: make test-baselines")
for _package in ("transformers", "open_clip", "sentencepiece"):
    pytest.importorskip(_package, reason="the baselines extra is not installed: make test-baselines")

import anomalygpt_files

from baselines.anomalygpt import networks
from baselines.anomalygpt.networks import Networks
from iad_eval.errors import ModelError
from iad_eval.predictors import ModelContext

Change = Callable[[dict[str, Any]], object]

QUERY = "llama_model.base_model.model.model.layers.1.self_attn.q_proj"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> anomalygpt_files.Files:
    return anomalygpt_files.write(tmp_path_factory.mktemp("anomalygpt"))


def load(files: anomalygpt_files.Files, cache: Path, **others: Path) -> Networks:
    paths = {key: getattr(files, key) for key in ("imagebind", "anomalygpt", "pandagpt", "vicuna")} | others
    context = ModelContext(cache, 0, str, lambda path: pytest.fail(f"{path} was read"))
    return networks.load(paths, torch.device("cpu"), "auto", context, "anomalygpt:answer")


def changed(path: Path, into: Path, change: Change) -> Path:
    tensors = torch.load(path)
    change(tensors)
    torch.save(tensors, into)
    return into


def test_the_files_load_with_nothing_missing_and_nothing_unused(
    tiny: anomalygpt_files.Files, tmp_path: Path
) -> None:
    assert len(torch.load(tiny.pandagpt)) == 2 + 2 * 4 * anomalygpt_files.TINY.llm_blocks
    assert len(torch.load(tiny.anomalygpt)) == 8 + 13
    assert load(tiny, tmp_path).talking is not None


@pytest.mark.parametrize(
    ("which", "change", "said"),
    [
        (
            "imagebind",
            lambda t: t.pop("modality_trunks.vision.blocks.2.mlp.fc2.bias"),
            "1 of 87 tensors are missing: modality_trunks.vision.blocks.2.mlp.fc2.bias",
        ),
        (
            "imagebind",
            lambda t: t.update({"modality_heads.vision.9.weight": torch.zeros(1)}),
            "1 tensors are unknown: modality_heads.vision.9.weight",
        ),
        (
            "imagebind",
            lambda t: t.update({"modality_preprocessors.vision.cls_token": torch.zeros(1, 2, 32)}),
            r"cls_token is \(1, 2, 32\) and should be \(1, 1, 32\)",
        ),
        (
            "imagebind",
            lambda t: t.pop("modality_heads.vision.2.weight"),
            "missing: modality_heads.vision.2.weight",
        ),
        (
            "pandagpt",
            lambda t: t.pop(f"{QUERY}.lora_B.default.weight"),
            f"1 of 18 tensors are missing: {QUERY}.lora_B.default.weight",
        ),
        (
            "pandagpt",
            lambda t: t.update({f"{QUERY}.lora_A.default.weight": torch.zeros(5, 32)}),
            r"lora_A.default.weight is \(5, 32\) and should be \(4, 32\)",
        ),
        (
            "pandagpt",
            lambda t: t.update({f"{QUERY}.lora_A.weight": torch.zeros(4, 32)}),
            f"1 tensors are unknown: {QUERY}.lora_A.weight",
        ),
        (
            "anomalygpt",
            lambda t: t.pop("prompt_learner.meta_net.15.weight"),
            "missing: prompt_learner.meta_net.15.weight",
        ),
        (
            "anomalygpt",
            lambda t: t.update({"image_decoder.fc.4.weight": torch.zeros(16, 32)}),
            "1 tensors are unknown: image_decoder.fc.4.weight",
        ),
        (
            "anomalygpt",
            lambda t: t.update({"image_decoder.fc.3.bias": torch.zeros(17)}),
            r"image_decoder.fc.3.bias is \(17,\) and should be \(16,\)",
        ),
        (
            "anomalygpt",
            lambda t: t.update({"epoch": 3}),
            "holds entries that are no tensors",
        ),
    ],
)
def test_a_tensor_too_many_too_few_or_of_another_shape_is_named(
    tiny: anomalygpt_files.Files, tmp_path: Path, which: str, change: Change, said: str
) -> None:
    path = changed(getattr(tiny, which), tmp_path / "changed.pt", change)
    with pytest.raises(ModelError, match=said) as raised:
        load(tiny, tmp_path, **{which: path})
    assert str(path) in str(raised.value)


@pytest.mark.parametrize("which", ["imagebind", "pandagpt", "anomalygpt"])
def test_a_truncated_file_is_named(tiny: anomalygpt_files.Files, tmp_path: Path, which: str) -> None:
    whole = getattr(tiny, which).read_bytes()
    path = tmp_path / "cut.pt"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match="damaged or cut short") as raised:
        load(tiny, tmp_path, **{which: path})
    assert str(path) in str(raised.value)


class Malicious:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.trace,)


@pytest.mark.parametrize("which", ["imagebind", "pandagpt", "anomalygpt"])
def test_no_code_in_a_pickle_is_run(tiny: anomalygpt_files.Files, tmp_path: Path, which: str) -> None:
    trace, path = tmp_path / "trace", tmp_path / "malicious.pt"
    torch.save({"llama_proj.weight": Malicious(trace)}, path)
    with pytest.raises(ModelError, match="could run code"):
        load(tiny, tmp_path, **{which: path})
    assert not trace.exists()


@pytest.fixture
def vicuna(tiny: anomalygpt_files.Files, tmp_path: Path) -> Path:
    """A copy of the LLM's folder, to be spoilt."""
    folder = tmp_path / "vicuna"
    folder.mkdir()
    for file in tiny.vicuna.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda t: t.pop("model.layers.1.mlp.up_proj.weight"),
            r"1 tensors are missing \(model.layers.1.mlp.up_proj.weight",
        ),
        (
            lambda t: t.update({"model.layers.2.input_layernorm.weight": torch.zeros(32)}),
            r"1 tensors are unknown \(model.layers.2.input_layernorm.weight",
        ),
        (lambda t: t.update({"model.norm.weight": torch.zeros(33)}), "vicuna"),
    ],
)
def test_an_llm_that_is_not_whole_is_named(
    tiny: anomalygpt_files.Files, vicuna: Path, tmp_path: Path, change: Change, said: str
) -> None:
    changed(vicuna / "pytorch_model.bin", vicuna / "pytorch_model.bin", change)
    with pytest.raises(ModelError, match=said):
        load(tiny, tmp_path, vicuna=vicuna)


def test_no_code_in_an_llms_pickle_is_run(tiny: anomalygpt_files.Files, vicuna: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    torch.save({"model.norm.weight": Malicious(trace)}, vicuna / "pytorch_model.bin")
    with pytest.raises(ModelError, match="cannot load the LLM"):
        load(tiny, tmp_path, vicuna=vicuna)
    (vicuna / "pytorch_model.bin").write_bytes(pickle.dumps({"model.norm.weight": Malicious(trace)}, 2))
    with pytest.raises(ModelError, match="cannot load the LLM"):
        load(tiny, tmp_path, vicuna=vicuna)
    assert not trace.exists()


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("tokenizer.model", "it is missing"),
        ("config.json", "config.json cannot be read"),
        ("pytorch_model.bin", "cannot load"),
    ],
)
def test_an_llms_missing_file_is_named(
    tiny: anomalygpt_files.Files, vicuna: Path, tmp_path: Path, missing: str, said: str
) -> None:
    (vicuna / missing).unlink()
    with pytest.raises(ModelError, match=said):
        load(tiny, tmp_path, vicuna=vicuna)


def test_files_of_two_sizes_do_not_belong_together(tiny: anomalygpt_files.Files, tmp_path: Path) -> None:
    draw = torch.Generator().manual_seed(0)
    other = anomalygpt_files.Sizes(hidden=64, shared=16)
    path = tmp_path / "wide.pt"
    torch.save(anomalygpt_files.drawn(anomalygpt_files.anomalygpt(other), draw), path)
    with pytest.raises(ModelError, match="are 32 and 64 wide: they do not belong together"):
        load(tiny, tmp_path, anomalygpt=path)


def test_lora_is_merged_with_its_weight_over_its_rank(tiny: anomalygpt_files.Files, tmp_path: Path) -> None:
    """Queries of a block: W + 32 / 4 * B @ A."""
    given, lora = torch.load(tiny.vicuna / "pytorch_model.bin"), torch.load(tiny.pandagpt)
    down, up = (lora[f"{QUERY}.lora_{half}.default.weight"].float() for half in "AB")
    expected = given["model.layers.1.self_attn.q_proj.weight"].float() + 8 * up @ down
    talking = load(tiny, tmp_path).talking
    assert talking is not None
    merged = talking.language._model.model.layers[1].self_attn.q_proj.weight
    assert torch.allclose(merged, expected, atol=1e-6)
    assert not torch.allclose(merged, given["model.layers.1.self_attn.q_proj.weight"].float(), atol=1e-2)
