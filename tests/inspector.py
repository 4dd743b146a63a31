"""An LVLM behind a scripted server, which judges by the pixels it is shown, and sessions that ask it."""

from __future__ import annotations

import base64
import hashlib
import importlib
import io
import math
from collections.abc import Callable
from pathlib import Path

import pytest
from driving import CASE_FILE
from loopback_server import LoopbackServer, Reply, Seen, answer, listing
from PIL import Image

for _name in (
    *("evaluation", "ledger", "results", "session", "views", "perturbations.paper"),
    *("predictors.lvlm.predictor", "predictors.lvlm.client", "reports.markdown", "reports.terminal"),
):
    # pytester forgets what a session in this process was the first to import: read anew it costs a
    # second, and an error of the old module is none of the new one's.
    importlib.import_module(f"iad_eval.{_name}")
for _name in ("anyio._backends._asyncio", "httpcore"):  # imported by httpx when it first asks
    importlib.import_module(_name)

NAME = "inspector"
"""As the server lists it; it says nothing of Qwen2-VL, so that no picture is to be resized."""


def pictures_of(seen: Seen) -> list[Image.Image]:
    """The pictures of a request, in their order."""
    parts = seen.body["messages"][0]["content"]
    urls = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
    files = [io.BytesIO(base64.b64decode(url.partition(",")[2])) for url in urls]
    return [Image.open(file).convert("RGB") for file in files]


def text_of(seen: Seen) -> str:
    """The text of a request, which stands last."""
    part = seen.body["messages"][0]["content"][-1]
    assert part["type"] == "text"
    return str(part["text"])


def pixels(picture: Image.Image | Path) -> tuple[tuple[int, int], bytes]:
    """Size and RGB values: equal where nobody can tell two pictures apart."""
    image = Image.open(picture) if isinstance(picture, Path) else picture
    return image.size, image.convert("RGB").tobytes()


def shows(path: Path) -> Callable[[Seen], bool]:
    """Whether a request is about this photograph as it is."""
    wanted = pixels(path)
    return lambda seen: pixels(pictures_of(seen)[-1]) == wanted


def likelihood(picture: Image.Image) -> float:
    """Of an anomaly, strictly between 0 and 1: drawn from the pixels, so that it is the same everywhere."""
    return (1 + hashlib.sha256(picture.convert("RGB").tobytes()).digest()[0]) / 258


def judged(seen: Seen) -> Reply:
    """Yes where an anomaly is likelier than not, with the log-probabilities of both words."""
    yes = likelihood(pictures_of(seen)[-1])
    words = "Yes. There is a hole." if yes > 0.5 else "No. It looks like the first one."
    return answer(words, {"Yes": math.log(yes), "No": math.log(1 - yes)})


def inspector(then: Callable[[Seen], Reply] = judged) -> LoopbackServer:
    """A server that lists the inspector alone."""
    return LoopbackServer(then=then, models=listing(NAME))


def ask(pytester: pytest.Pytester, url: str, *options: str) -> pytest.RunResult:
    """A session in this process on ``parts``, in which the inspector at ``url`` is asked."""
    pytester.makepyfile(test_cases=CASE_FILE)
    return pytester.runpytest_inprocess(
        *("--iad-dataset", "folder:parts", "--iad-endpoint", url, "--iad-model", f"vllm:{NAME}", *options)
    )
