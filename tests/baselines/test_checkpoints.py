from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="the baselines extra is not installed: make test-baselines")

from baselines.checkpoints import load_exactly, read, section, tensors  # they import torch
from iad_eval.errors import ModelError


def _given() -> dict[str, object]:
    return {"weight": torch.arange(6.0).reshape(2, 3), "bias": torch.ones(2)}


def _file(path: Path, content: object) -> Path:
    torch.save(content, path)
    return path


@pytest.mark.parametrize("suffix", [".pth", ".pt", ".ckpt", ".bin"])
def test_tensors_come_back(tmp_path: Path, suffix: str) -> None:
    found = read(_file(tmp_path / f"a{suffix}", {"part": _given(), "epoch": 3}))
    assert torch.equal(section(found, "part", tmp_path)["weight"], torch.arange(6.0).reshape(2, 3))
    assert found["epoch"] == 3


def test_files_of_old_and_of_safetensors_are_read(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    torch.save(_given(), tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    save_file(_given(), tmp_path / "new.safetensors")
    assert read(tmp_path / "old.pth").keys() == read(tmp_path / "new.safetensors").keys() == _given().keys()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"there is no checkpoint .*a\.pth"):
        read(tmp_path / "a.pth")


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.98])
def test_a_file_cut_short_says_so(tmp_path: Path, suffix: str, share: float) -> None:
    from safetensors.torch import save_file

    path = tmp_path / f"a{suffix}"
    if suffix == ".pth":
        torch.save({"weight": torch.zeros(1000)}, path)
    else:
        save_file({"weight": torch.zeros(1000)}, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ModelError, match=rf"a{suffix}.*damaged or cut short"):
        read(path)


class _Malicious:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("form", ["zip", "old", "plain pickle"])
def test_a_pickle_with_code_in_it_is_not_run(tmp_path: Path, form: str) -> None:
    path, mark = tmp_path / "a.pth", tmp_path / "was here"
    if form == "plain pickle":
        path.write_bytes(pickle.dumps({"weight": _Malicious(mark)}))
    else:
        torch.save({"weight": _Malicious(mark)}, path, _use_new_zipfile_serialization=form == "zip")
    with pytest.raises(ModelError, match=r"a\.pth"):
        read(path)
    assert not mark.exists()


def test_a_refused_pickle_is_called_what_it_is(tmp_path: Path) -> None:
    path = _file(tmp_path / "a.pth", {"weight": _Malicious(tmp_path / "was here")})
    with pytest.raises(ModelError, match=r"could run code when it is loaded: it was not loaded .*mkdir"):
        read(path)


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="holds a list, where a dictionary of tensors"):
        read(_file(tmp_path / "a.pth", [torch.ones(1)]))
    contents = read(_file(tmp_path / "b.pth", {"epoch": 3, "weight": torch.ones(1)}))
    with pytest.raises(ModelError, match=r"no tensors \(epoch\)"):
        tensors(contents, tmp_path / "b.pth")
    with pytest.raises(ModelError, match=r"no section 'discriminator'; it has epoch, weight"):
        section(contents, "discriminator", tmp_path / "b.pth")


def test_all_keys_are_loaded_or_none() -> None:
    layer = torch.nn.Linear(3, 2)
    load_exactly(layer, _given(), "a.pth")
    assert torch.equal(layer.weight, torch.arange(6.0).reshape(2, 3))

    before = {key: value.clone() for key, value in layer.state_dict().items()}
    wrong = {"weight": torch.zeros(3, 2), "scale": torch.ones(1)}
    with pytest.raises(ModelError) as found:
        load_exactly(layer, wrong, "b.pth")
    text = str(found.value)
    assert "b.pth does not fit Linear" in text
    assert "1 of 2 tensors are missing (bias)" in text
    assert "1 are not known here (scale)" in text
    assert "weight is (3, 2) and should be (2, 3)" in text
    assert all(torch.equal(value, before[key]) for key, value in layer.state_dict().items())


def test_what_is_left_out_stays() -> None:
    layer = torch.nn.Linear(3, 2)
    bias = layer.bias.detach().clone()
    load_exactly(layer, {"weight": torch.zeros(2, 3)}, "a.pth", leave_out=("bias",))
    assert torch.equal(layer.bias, bias)
    assert not layer.weight.any()


def test_many_names_are_cut_short() -> None:
    with pytest.raises(ModelError, match=r"k00, k01, k02, k03, k04 and 15 more"):
        load_exactly(
            torch.nn.Linear(3, 2), {**_given(), **{f"k{n:02}": torch.ones(1) for n in range(20)}}, "a"
        )
