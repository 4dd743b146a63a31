"""The authors' own code, run on files that a test writes: what our adapters must agree with.

IAD_EVAL_ORIGINALS names a folder with their checkouts, ``GLASS`` and ``INP-Former``. Each runs in a
process of its own, since both call their modules ``utils`` and ``models`` and want packages that are
not installed here; those are stood in for by empty modules where inference does not use them.

    python parity_originals.py glass REQUEST.pt ANSWER.pt
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final
from unittest.mock import MagicMock

import torch
from PIL import Image

VARIABLE: Final = "IAD_EVAL_ORIGINALS"


def checkout(project: str) -> Path | None:
    """The folder of an original's checkout; None where IAD_EVAL_ORIGINALS is not set or lacks it."""
    above = os.environ.get(VARIABLE)
    return Path(above, project) if above and Path(above, project).is_dir() else None


def glass(
    code: Path, place: Path, backbone: Path, head: Path, images: Mapping[str, Sequence[Image.Image]]
) -> dict[str, Any]:
    """GLASS on the images of each class: ``scores`` (n,) and ``maps`` (n, 288, 288) by class."""
    for class_name, pictures in images.items():
        _write(place / class_name / "test" / "good", pictures)
    return _ask("glass", code, place, {"backbone": str(backbone), "head": str(head), "classes": list(images)})


def inp_former(code: Path, place: Path, model: Path, images: Sequence[Image.Image]) -> dict[str, Any]:
    """INP-Former on the images: ``scores`` (n,) and ``maps`` (n, 256, 256)."""
    _write(place / "bottle" / "train" / "good", images[:1])
    _write(place / "bottle" / "test" / "good", images)
    return _ask("inp_former", code, place, {"model": str(model)})


def _write(folder: Path, images: Sequence[Image.Image]) -> None:
    folder.mkdir(parents=True)
    for number, image in enumerate(images):
        image.save(folder / f"{number:03}.png")


def _ask(which: str, code: Path, place: Path, request: Mapping[str, Any]) -> dict[str, Any]:
    asked, answered = place / "request.pt", place / "answer.pt"
    torch.save({**request, "code": str(code), "place": str(place)}, asked)
    done = subprocess.run(
        [sys.executable, __file__, which, str(asked), str(answered)],
        cwd=place,  # the originals write into the working directory
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    answer: dict[str, Any] = torch.load(answered, weights_only=True)
    return answer


class _StandIn(ModuleType):
    """A package that is not installed, of which inference uses nothing."""

    __path__: list[str] = []  # noqa: RUF012 - a module's

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return MagicMock()


def _stand_in(*packages: str) -> None:
    for package in packages:
        if importlib.util.find_spec(package.partition(".")[0]) is None:
            for name in (package.partition(".")[0], package):
                sys.modules[name] = _StandIn(name)


def _run_glass(request: Mapping[str, Any]) -> dict[str, Any]:
    _stand_in("imgaug.augmenters")
    sys.modules["torch.utils.tensorboard"] = _StandIn("torch.utils.tensorboard")
    import torchvision

    original = importlib.import_module("glass")
    datasets = importlib.import_module("datasets.mvtec")
    network = torchvision.models.wide_resnet50_2(weights=None)
    network.load_state_dict(torch.load(request["backbone"], weights_only=True))
    model = original.GLASS("cpu")
    model.load(
        backbone=network,
        layers_to_extract_from=["layer2", "layer3"],
        device="cpu",
        input_shape=(3, 288, 288),
        pretrain_embed_dimension=1536,
        target_embed_dimension=1536,
    )
    head = torch.load(request["head"], weights_only=True)
    model.discriminator.load_state_dict(head["discriminator"])
    model.pre_projection.load_state_dict(head["pre_projection"])
    scores, maps = {}, {}
    for class_name in request["classes"]:
        seen = datasets.MVTecDataset(
            request["place"],
            classname=class_name,
            split=datasets.DatasetSplit.TEST,
            resize=288,
            imagesize=288,
        )
        parts = [model._predict(item["image"][None]) for item in seen]
        scores[class_name] = torch.stack([torch.as_tensor(part[0][0]) for part in parts])
        maps[class_name] = torch.stack([torch.as_tensor(part[1][0]) for part in parts])
    return {"scores": scores, "maps": maps}


def _run_inp_former(request: Mapping[str, Any]) -> dict[str, Any]:
    _stand_in("adeval", "skimage")
    utils = importlib.import_module("utils")
    seen: dict[str, Any] = {}

    def keep(pixels: Any, scores: Any, *masks_and_labels: Any) -> list[float]:
        seen.update(maps=torch.as_tensor(pixels), scores=torch.as_tensor(scores))
        return [0.0] * 7

    utils.__dict__["ader_evaluator"] = keep  # metrics, on a GPU
    anywhere = importlib.import_module("dataset").glob
    unsorted = anywhere.glob
    anywhere.glob = lambda pattern: sorted(unsorted(pattern))  # the order of the images is the test's
    encoders = importlib.import_module("models.vit_encoder")
    load = torch.load
    encoders.__dict__["download_cached_file"] = lambda *_: None
    torch.load = lambda path, *_, **__: {} if path is None else load(path, weights_only=True)
    script = importlib.import_module("INP_Former_Multi_Class")
    script.__dict__.update(device="cpu", print_fn=lambda *_: None)
    name, folder = "random", Path(request["place"], "saved")
    (folder / name).mkdir(parents=True)
    (folder / name / "model.pth").symlink_to(request["model"])
    script.__dict__["main"](
        Namespace(
            dataset="MVTec-AD",
            data_path=request["place"],
            item_list=["bottle"],
            input_size=448,
            crop_size=392,
            encoder="dinov2reg_vit_base_14",
            INP_num=6,
            batch_size=1,
            phase="test",
            save_dir=str(folder),
            save_name=name,
        )
    )
    return seen


if __name__ == "__main__":
    which, asked, answered = sys.argv[1:]
    request = torch.load(asked, weights_only=True)
    sys.path.insert(0, request["code"])
    torch.set_num_threads(1)
    runs = {"glass": _run_glass, "inp_former": _run_inp_former}
    torch.save(runs[which](request), answered)
