"""The authors' own AnomalyGPT, run on files that a test writes: what our adapter must agree with.

It runs in a process of its own, since it wants a GPU's number at import, a working directory, packages
that are not installed here (stood in for by empty modules where inference does not use them), and
replaces modules of common names.

    python parity_anomalygpt.py CHECKOUT REQUEST.pt ANSWER.pt
    python parity_anomalygpt.py CHECKOUT        # writes golden/anomalygpt.json anew
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.machinery
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Final
from unittest.mock import MagicMock

import torch
from anomalygpt_files import AS_PUBLISHED, Files, Sizes, write
from PIL import Image

VARIABLE: Final = "IAD_EVAL_ORIGINALS"
GOLDEN: Final = Path(__file__).parent / "golden" / "anomalygpt.json"

_BOTTLE: Final = (
    "This is a photo of a bottle for anomaly detection, which should be round, without any damage, flaw, "
    "defect, scratch, hole or broken part. Is there any anomaly in the image?"
)
_PIPE_FRYUM: Final = (
    "This is a photo of a pipe fryum for anomaly detection, which should be without any damage, flaw, "
    "defect, scratch, hole or broken part. Is there any anomaly in the image?"
)
_ABSENT: Final = (
    *("deepspeed", "ipdb", "pytorchvideo", "pytorchvideo.data", "pytorchvideo.data.clip_sampling"),
    *("pytorchvideo.data.encoded_video", "pytorchvideo.transforms", "torchaudio", "iopath", "iopath.common"),
    *("iopath.common.file_io", "transformers.deepspeed", "timm.models.layers", "kornia"),
    *("torchvision.transforms._transforms_video", "model.modeling_llama"),
)


def checkout() -> Path | None:
    """The original's folder; None where IAD_EVAL_ORIGINALS is not set or lacks it."""
    above = os.environ.get(VARIABLE)
    return Path(above, "AnomalyGPT") if above and Path(above, "AnomalyGPT").is_dir() else None


def original(
    code: Path,
    place: Path,
    files: Files,
    sizes: Sizes,
    questions: Sequence[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """What the authors' model makes of each of ``questions``: an image, good ones or none, a prompt.

    ``map`` (224, 224), ``shown`` (1, n, H) the LLM's input, ``tokens`` of an answer of 12, and its ``text``.
    """
    for number, each in enumerate(questions):
        for kind, images in (("image", [each["image"]]), ("good", each["good"])):
            for index, image in enumerate(images):
                image.save(place / f"{number}-{kind}-{index}.png")
    request, answer = place / "request.pt", place / "answer.pt"
    torch.save(
        {
            "place": str(place),
            "files": {name: str(path) for name, path in asdict(files).items()},
            "sizes": asdict(sizes),
            "asked": [{"prompt": each["prompt"], "good": len(each["good"])} for each in questions],
        },
        request,
    )
    arguments = [
        sys.executable,
        str(Path(__file__).resolve()),
        str(code.resolve()),
        str(request),
        str(answer),
    ]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(f"the original failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return list(torch.load(answer))


def asked() -> list[dict[str, Any]]:
    """Both paths: a class, an image, good images or none, and what the authors' scripts say of the class."""
    wide, high, *good = photographs()
    return [
        {"class_name": "bottle", "image": wide, "good": [], "prompt": _BOTTLE},
        {"class_name": "pipe_fryum", "image": high, "good": [], "prompt": _PIPE_FRYUM},
        {"class_name": "bottle", "image": high, "good": good, "prompt": _BOTTLE},
    ]


def essence(said: Mapping[str, Any]) -> dict[str, Any]:
    """The part of an answer that is committed: a map and an input thinned out, the tokens."""
    return {
        "maximum": float(said["map"].max()),
        "map": said["map"][::37, ::37].tolist(),
        "shown": [list(said["shown"].shape), said["shown"][0, ::9, ::1021].tolist()],
        "tokens": list(said["tokens"]),
    }


def photographs() -> list[Image.Image]:
    """Two wide and two high RGB images of soft colours, the same everywhere."""
    draw = torch.Generator().manual_seed(7)
    coarse = torch.randint(0, 256, (4, 9, 12, 3), generator=draw, dtype=torch.uint8).numpy()
    sizes = ((310, 250), (240, 288), (260, 260), (301, 227))
    return [
        Image.fromarray(each).resize(size, Image.Resampling.BICUBIC)
        for each, size in zip(coarse, sizes, strict=True)
    ]


def _golden(code: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = write(Path(folder), AS_PUBLISHED)
        found = [essence(each) for each in original(code, Path(folder), files, AS_PUBLISHED, asked())]
    rounded = json.loads(json.dumps(found), parse_float=lambda text: round(float(text), 7))
    GOLDEN.write_text(json.dumps(rounded) + "\n", encoding="utf-8")


def _main(code: Path, request: Path, answer: Path) -> None:
    told = torch.load(request)
    torch.cuda.current_device = lambda: "cpu"
    os.chdir(code / "code")
    sys.path.insert(0, str(code / "code"))
    model = _model(told["files"], Sizes(**told["sizes"]))
    place = Path(told["place"])
    torch.save([_answer(model, place, number, each) for number, each in enumerate(told["asked"])], answer)


def _answer(model: Any, place: Path, number: int, question: Mapping[str, Any]) -> dict[str, Any]:
    said: list[torch.Tensor] = []
    decode = model.llama_tokenizer.decode

    def decoded(tokens: torch.Tensor, **_: object) -> str:
        said.append(tokens)
        return str(decode(tokens))

    model.llama_tokenizer.decode = decoded
    inputs = {
        "prompt": question["prompt"],
        "image_paths": [str(place / f"{number}-image-0.png")],
        "normal_img_paths": [str(place / f"{number}-good-{index}.png") for index in range(question["good"])],
        **{f"{modality}_paths": [] for modality in ("audio", "video", "thermal")},
        "top_p": 1e-6,
        "temperature": 1.0,
        "max_tgt_len": 12,
        "modality_embeds": [],
    }
    with torch.no_grad():
        shown, found = model.prepare_generation_embedding(dict(inputs), False)
        text, _ = model.generate(inputs)
    model.llama_tokenizer.decode = decode
    return {"map": found[0, 0].clone(), "shown": shown.clone(), "tokens": said[0].tolist(), "text": text}


def _model(files: Mapping[str, str], sizes: Sizes) -> Any:
    importlib.import_module("peft")  # before the stand-ins, which it would take for the real ones
    transformers: Any = importlib.import_module("transformers")
    _stand_in()
    sys.modules["model.modeling_llama"].LlamaForCausalLM = SimpleNamespace(  # type: ignore[attr-defined]
        from_pretrained=lambda path: transformers.LlamaForCausalLM.from_pretrained(path, dtype=torch.float32)
    )
    theirs: Any = importlib.import_module("model.openllama")
    theirs.LlamaTokenizer = SimpleNamespace(from_pretrained=lambda path, **_: _Tokenizer(path))
    bound = theirs.imagebind_model
    small = {f"{name}_embed_dim": 16 for name in ("audio", "depth", "thermal", "imu")}
    few = {f"{name}_num_blocks": 1 for name in ("audio", "depth", "thermal", "imu")}
    heads = {f"{name}_num_heads": 1 for name in ("audio", "depth", "thermal", "imu")}
    bound.imagebind_huge = lambda args: (
        bound.ImageBindModel(
            vision_embed_dim=sizes.vision,
            vision_num_blocks=sizes.vision_blocks,
            vision_num_heads=16,
            text_embed_dim=sizes.text,
            text_num_blocks=sizes.text_blocks,
            text_num_heads=16,
            out_embed_dim=sizes.shared,
            layers=[sizes.vision_blocks * quarter // 4 - 1 for quarter in (1, 2, 3, 4)],
            **small,
            **few,
            **heads,
        ),
        sizes.shared,
    )
    model = theirs.OpenLLAMAPEFTModel(
        imagebind_ckpt_path=files["imagebind"],
        vicuna_ckpt_path=files["vicuna"],
        max_tgt_len=128,
        stage=2,
        lora_r=sizes.rank,
        lora_alpha=32,
        lora_dropout=0.1,
    )
    for name in ("pandagpt", "anomalygpt"):
        report = model.load_state_dict(torch.load(files[name]), strict=False)
        assert not report.unexpected_keys, report.unexpected_keys
    return model.float().eval()


def _stand_in() -> None:
    for name in _ABSENT:
        module: Any = MagicMock(name=name)
        module.__spec__ = importlib.machinery.ModuleSpec(name, None)
        module.__path__ = []
        sys.modules[name] = module
    sys.modules["iopath.common.file_io"].g_pathmgr = SimpleNamespace(open=Path.open)  # type: ignore[attr-defined]
    for package in ("model", "utils"):  # without what their own __init__ imports
        bare = ModuleType(package)
        bare.__path__ = [str(Path(package).resolve())]
        sys.modules[package] = bare
    with contextlib.suppress(ImportError):
        sys.modules["timm.models.layers"].trunc_normal_ = torch.nn.init.trunc_normal_  # type: ignore[attr-defined]


class _Tokenizer:
    """LLaMA's SentencePiece model, called as the authors call transformers' tokenizer."""

    def __init__(self, folder: str) -> None:
        sentencepiece: Any = importlib.import_module("sentencepiece")
        self._words = sentencepiece.SentencePieceProcessor(model_file=str(Path(folder, "tokenizer.model")))
        self.bos_token_id, self.eos_token = 1, "</s>"

    def __call__(self, text: str, **_: object) -> Any:
        tokens = torch.tensor([self._words.encode(text)])
        found = SimpleNamespace(input_ids=tokens)
        found.to = lambda device: found
        return found

    def decode(self, tokens: torch.Tensor, **_: object) -> str:
        return str(self._words.decode([token for token in tokens.tolist() if token > 2]))


if __name__ == "__main__":
    (_main if len(sys.argv) > 2 else _golden)(*map(Path, sys.argv[1:4]))
