"""``show-prompt`` prints exactly what a model would be sent."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from inspector import NAME, ask, inspector, pictures_of, text_of
from parts import write_parts

from iad_eval.cli import main

Capture = pytest.CaptureFixture[str]

PROTOCOLS = ("oneshot-specific", "oneshot", "zeroshot-description", "zeroshot")
EACH_PROTOCOL = [word for name in PROTOCOLS for word in ("--iad-protocol", name)]
CUP = ["--iad-dataset", "folder:parts", "--iad-class", "cup", "--iad-prompts", "words.toml"]
SERVED = ["--iad-model", f"vllm:{NAME}", "--iad-endpoint", "http://127.0.0.1:9/v1"]  # nobody is asked
WORDS = """
[classes.folder.cup]
sentence = "Ignore the grain."
description = "A good cup is round, 40 µm thick."

[classes.folder.cup.for_perturbation]
rotated = "Ignore the angle."
"""

FOLDER = """\
folder-cup-original-vllm:inspector (oneshot-specific)
  image 1: reference PARTS/cup/train/good/000.png (24 x 24 pixels)
  image 2: each of 6 test photographs, as it is; the first is PARTS/cup/test/good/000.png
  text: The second image is for anomaly detection. Does the second image have any anomaly compared to the \
first image? Reply yes or no, then explain. Ignore the grain.
  sampling: temperature 0.3, at most 1024 tokens, seed 0
  messages: [{"role": "user", "content": [{"type": "image"}, {"type": "image"}, {"type": "text", "text": \
"The second image is for anomaly detection. Does the second image have any anomaly compared to the first \
image? Reply yes or no, then explain. Ignore the grain."}]}]

folder-cup-original-vllm:inspector-oneshot (oneshot)
  image 1: reference PARTS/cup/train/good/000.png (24 x 24 pixels)
  image 2: each of 6 test photographs, as it is; the first is PARTS/cup/test/good/000.png
  text: The second image is for anomaly detection. Does the second image have any anomaly compared to the \
first image? Reply yes or no, then explain.
  sampling: temperature 0.3, at most 1024 tokens, seed 0
  messages: [{"role": "user", "content": [{"type": "image"}, {"type": "image"}, {"type": "text", "text": \
"The second image is for anomaly detection. Does the second image have any anomaly compared to the first \
image? Reply yes or no, then explain."}]}]

folder-cup-original-vllm:inspector-zeroshot-description (zeroshot-description)
  image 1: each of 6 test photographs, as it is; the first is PARTS/cup/test/good/000.png
  text: A good cup is round, 40 µm thick. The image is for anomaly detection. Does the image have any \
anomaly? Reply yes or no, then explain.
  sampling: temperature 0.3, at most 1024 tokens, seed 0
  messages: [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "A good cup is round, \
40 µm thick. The image is for anomaly detection. Does the image have any anomaly? Reply yes or no, then \
explain."}]}]

folder-cup-original-vllm:inspector-zeroshot (zeroshot)
  image 1: each of 6 test photographs, as it is; the first is PARTS/cup/test/good/000.png
  text: The image is for anomaly detection. Does the image have any anomaly? Reply yes or no, then explain.
  sampling: temperature 0.3, at most 1024 tokens, seed 0
  messages: [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "The image is for \
anomaly detection. Does the image have any anomaly? Reply yes or no, then explain."}]}]
"""

DRAWN = """\
synthetic-hex_nut-rotated-qwen2-vl-72b-awq (oneshot-specific)
  image 1: reference DRAWN/hex_nut/train/good/000.png (256 x 256 pixels, seen at 784 x 784 (784 tokens))
  image 2: each of 2 test photographs, rotated; the first is DRAWN/hex_nut/test/chipped/000.png
  text: The second image is for anomaly detection. Does the second image have any anomaly compared to the \
first image? Reply yes or no, then explain.
  sampling: temperature 0, at most 4 tokens
  messages: [{"role": "user", "content": [{"type": "image"}, {"type": "image"}, {"type": "text", "text": \
"The second image is for anomaly detection. Does the second image have any anomaly compared to the first \
image? Reply yes or no, then explain."}]}]

synthetic-hex_nut-rotated-qwen2-vl-72b-awq-oneshot (oneshot)
  image 1: reference DRAWN/hex_nut/train/good/000.png (256 x 256 pixels, seen at 784 x 784 (784 tokens))
  image 2: each of 2 test photographs, rotated; the first is DRAWN/hex_nut/test/chipped/000.png
  text: The second image is for anomaly detection. Does the second image have any anomaly compared to the \
first image? Reply yes or no, then explain.
  sampling: temperature 0, at most 4 tokens
  messages: [{"role": "user", "content": [{"type": "image"}, {"type": "image"}, {"type": "text", "text": \
"The second image is for anomaly detection. Does the second image have any anomaly compared to the first \
image? Reply yes or no, then explain."}]}]

synthetic-hex_nut-rotated-qwen2-vl-72b-awq-zeroshot-description (zeroshot-description)
  image 1: each of 2 test photographs, rotated; the first is DRAWN/hex_nut/test/chipped/000.png
  text: A good hexagon nut is clean grey metal with six whole corners, an even thread in its round bore and \
the stamps "8" and "M10". The image is for anomaly detection. Does the image have any anomaly? Reply yes or \
no, then explain.
  sampling: temperature 0, at most 4 tokens
  messages: [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "A good hexagon nut is \
clean grey metal with six whole corners, an even thread in its round bore and the stamps \\"8\\" and \
\\"M10\\". The image is for anomaly detection. Does the image have any anomaly? Reply yes or no, then \
explain."}]}]

synthetic-hex_nut-rotated-qwen2-vl-72b-awq-zeroshot (zeroshot)
  image 1: each of 2 test photographs, rotated; the first is DRAWN/hex_nut/test/chipped/000.png
  text: The image is for anomaly detection. Does the image have any anomaly? Reply yes or no, then explain.
  sampling: temperature 0, at most 4 tokens
  messages: [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "The image is for \
anomaly detection. Does the image have any anomaly? Reply yes or no, then explain."}]}]
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_parts(tmp_path / "parts")
    (tmp_path / "words.toml").write_text(WORDS, encoding="utf-8")


def _says(capture: Capture, *arguments: str) -> tuple[int, str, str]:
    code = main(["show-prompt", *arguments])
    out, err = capture.readouterr()
    return code, out, err


def test_a_folder_under_each_protocol(tmp_path: Path, capsys: Capture) -> None:
    options = [*CUP, *SERVED, *EACH_PROTOCOL, "--iad-perturbation", "original"]
    assert _says(capsys, *options) == (0, FOLDER.replace("PARTS", str(tmp_path / "parts")), "")


def test_a_drawn_class_under_each_protocol(capsys: Capture) -> None:
    options = ["--iad-class", "hex_nut", "--iad-limit", "1", "--iad-perturbation", "rotated"]
    model = ["--iad-model", "qwen2-vl-72b-awq", "--iad-profile", "throughput"]
    code, out, err = _says(capsys, *options, *model, *EACH_PROTOCOL)
    (drawn,) = Path(".iad_cache", "synthetic").iterdir()
    assert (code, err) == (0, "")
    assert out == DRAWN.replace("DRAWN", str(drawn))


def test_several_references_and_a_sentence_for_a_perturbation(capsys: Capture) -> None:
    views = ["--iad-perturbation", "rotated", "--iad-perturbation", "rotate:15"]
    code, out, _ = _says(capsys, *CUP, *SERVED, *views, "--iad-shots", "2", "--iad-limit", "1")
    assert code == 0
    texts = [line for line in out.splitlines() if line.startswith("  text: ")]
    assert [text.rpartition("explain. ")[2] for text in texts] == ["Ignore the angle.", "Ignore the grain."]
    assert all("compared to the 2 reference images before it" in text for text in texts)
    assert out.count("/parts/cup/train/good/000.png") == 2
    assert out.count("  image 2: reference ") == out.count("/parts/cup/train/good/001.png") == 2
    assert "  image 3: each of 2 test photographs, rotate:15;" in out


def test_what_is_shown_is_what_a_server_is_sent(pytester: pytest.Pytester, capsys: Capture) -> None:
    write_parts(pytester.path / "parts")
    (pytester.path / "words.toml").write_text(WORDS, encoding="utf-8")
    options = [*CUP[2:], *EACH_PROTOCOL, "--iad-limit", "1", "--iad-shots", "2"]
    options += ["--iad-perturbation", "original", "--iad-perturbation", "rotated"]
    with inspector() as server:
        assert ask(pytester, server.url, "-p", "no:xdist", *options).ret == 0
    capsys.readouterr()
    _, out, _ = _says(capsys, *CUP[:2], *SERVED, *options)
    shown = []
    for case in out.rstrip("\n").split("\n\n"):
        lines = case.splitlines()
        (text,) = (line.removeprefix("  text: ") for line in lines if line.startswith("  text: "))
        shown.append((sum(line.startswith("  image ") for line in lines), text))
    assert len(shown) == 4 * 2
    sent = [(len(pictures_of(seen)), text_of(seen)) for seen in server.chats]
    assert sorted(sent) == sorted(2 * shown)  # each case has two views


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (
            ["--iad-dataset", "folder:parts"],
            "none of the models (patch-knn) is asked with a prompt; type for",
        ),
        ([*SERVED, "--iad-dataset", "folder:part"], "part does not exist; type folder:PATH"),
        ([*SERVED, *CUP, "--iad-protocol", "zero"], "unknown protocol 'zero'. Did you mean 'zeroshot'"),
        ([*SERVED, *CUP, "--iad-shots", "4"], "folder/cup has 3 good training photographs"),
        ([*SERVED, *CUP, "--iad-prompts", "slip.toml"], "slip.toml, line 2: unknown key 'sentense'"),
        (
            [*SERVED, "--iad-dataset", "folder:parts", "--iad-protocol", "zeroshot-description"],
            "needs a description of class 'cup'",
        ),
    ],
)
def test_wrong_use(capsys: Capture, options: list[str], says: str) -> None:
    Path("slip.toml").write_text("[classes.folder.cup]\nsentense = 'x'\n")
    code, out, err = _says(capsys, *options)
    assert (code, out) == (2, "")
    assert err.startswith("iad-eval: ")
    assert says in err


def test_nothing_heavy_is_imported_and_any_terminal_will_do(tmp_path: Path) -> None:
    for name in ("vllm", "torch", "transformers"):
        path = tmp_path / "heavy" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"raise SystemExit('{name} was imported')")
    path_of_modules = os.pathsep.join([str(tmp_path / "heavy"), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-m", "iad_eval", "show-prompt", *CUP, *SERVED, "--iad-protocol", PROTOCOLS[2]],
        env={**os.environ, "PYTHONPATH": path_of_modules, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "A good cup is round, 40 \\xb5m thick." in done.stdout
