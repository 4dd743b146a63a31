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
import functools
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from architectures import ARCHITECTURES, LARGE, write_model
from gpu_meter import GpuLoad, GpuMeter
from machine import NO_GPU, gpu_names, versions
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

PAPER_S = 4.74
AIMS_S = {96: 0.45, 4: 0.30}
NOT_MEASURED = "not measured"
BYTES_A_TOKEN = 4
"""About how many letters of English one token of the true tokenizer holds; this one's hold one byte."""

AMOUNTS: Mapping[str, Mapping[str, int]] = {
    LARGE: {"images": 256, "warm_up": 64, "sequences": 64},
    "tiny": {"images": 12, "warm_up": 4, "sequences": 4},
}
"""What is asked unless the command line says otherwise: two cores have enough with a dozen images."""


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
    gpus = gpu_names()
    print(f"$ {' '.join([Path(sys.executable).name, *sys.argv])}")
    print(f"machine: {os.cpu_count()} cores, {platform.machine()}, GPU: {gpus}; {versions()}")
    if chosen.architecture == LARGE and gpus == NO_GPU:
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


if __name__ == "__main__":
    main()
