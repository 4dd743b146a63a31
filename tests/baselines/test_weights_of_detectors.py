from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from baselines.weights import Published, content, find, find_or_none, sha256
from iad_eval.errors import ModelError
from iad_eval.identity import FileDigests
from iad_eval.pixels import read_image
from iad_eval.predictors import ModelContext
from iad_eval.settings import DetectorSettings

GLASS = Published(
    "glass",
    "glass/{dataset}_{class_name}/ckpt_best_*.pth",
    "GLASS's checkpoint",
    "its authors",
    "16 MB a class",
    "MIT",
)
BACKBONE = Published(
    "wide_resnet50_2", "wide_resnet50_2.pth", "the backbone", "torchvision", "132 MB", "BSD-3-Clause"
)
BOTTLE = {"dataset": "mvtec", "class_name": "bottle"}


@pytest.fixture(autouse=True)
def _no_weights_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("IAD_WEIGHTS")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def _context(tmp_path: Path, *weights: tuple[str, Path], may_download: bool = False) -> ModelContext:
    settings = DetectorSettings(weights=weights, may_download=may_download)
    return ModelContext(tmp_path / "cache", 0, FileDigests(), read_image, detectors=settings)


def _made(path: Path, text: str = "weights") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_the_folder_of_all_weights_holds_each_in_its_place(tmp_path: Path) -> None:
    path = _made(tmp_path / "w" / "glass" / "mvtec_bottle" / "ckpt_best_12.pth")
    assert find(GLASS, _context(tmp_path, ("", tmp_path / "w")), **BOTTLE) == path
    assert (
        find_or_none(GLASS, _context(tmp_path, ("", tmp_path / "w")), dataset="visa", class_name="pcb1")
        is None
    )


def test_the_environment_and_the_home_directory_count_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home = _made(tmp_path / "home" / ".cache" / "iad_eval" / "weights" / "wide_resnet50_2.pth")
    assert find(BACKBONE, _context(tmp_path)) == at_home
    in_folder = _made(tmp_path / "all" / "wide_resnet50_2.pth")
    monkeypatch.setenv("IAD_WEIGHTS", str(tmp_path / "all"))
    assert find(BACKBONE, _context(tmp_path)) == in_folder
    own = _made(tmp_path / "mine.pth")
    monkeypatch.setenv("IAD_WEIGHTS_WIDE_RESNET50_2", str(own))
    assert find(BACKBONE, _context(tmp_path, ("", tmp_path / "all"))) == own
    typed = _made(tmp_path / "typed.pth")
    assert find(BACKBONE, _context(tmp_path, ("wide_resnet50_2", typed))) == typed


def test_ones_own_folder_is_laid_out_as_the_authors_do(tmp_path: Path) -> None:
    path = _made(tmp_path / "backbone_0" / "mvtec_bottle" / "ckpt_best_7.pth")
    assert find(GLASS, _context(tmp_path, ("glass", tmp_path / "backbone_0")), **BOTTLE) == path


def test_of_several_checkpoints_the_latest_epoch_is_taken(tmp_path: Path) -> None:
    folder = tmp_path / "glass" / "mvtec_bottle"
    for epoch in (9, 100, 12):
        _made(folder / f"ckpt_best_{epoch}.pth")
    assert find(GLASS, _context(tmp_path, ("", tmp_path)), **BOTTLE).name == "ckpt_best_100.pth"


def test_what_is_missing_is_named_with_its_authors(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as found:
        find(GLASS, _context(tmp_path, ("", tmp_path / "w")), **BOTTLE)
    text = str(found.value)
    for part in (
        "GLASS's checkpoint is missing",
        str(tmp_path / "w" / "glass" / "mvtec_bottle" / "ckpt_best_*.pth"),
        "published by its authors (16 MB a class, MIT)",
        "--iad-weights glass=PATH",
    ):
        assert part in text
    assert "--iad-download" not in text  # there is nowhere to have it from


def test_a_path_that_was_typed_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"--iad-weights glass names .*nowhere, which does not exist"):
        find_or_none(GLASS, _context(tmp_path, ("glass", tmp_path / "nowhere")), **BOTTLE)


def test_another_file_of_that_name_is_found_out(tmp_path: Path) -> None:
    path = _made(tmp_path / "w.pth")
    digest = hashlib.sha256(b"weights").hexdigest()
    right = Published("w", "w.pth", "the network", "its authors", "7 bytes", "MIT", digest[:8])
    wrong = Published("w", "w.pth", "the network", "its authors", "7 bytes", "MIT", "0123abcd")
    context = _context(tmp_path, ("", tmp_path))
    assert find(right, context) == path
    with pytest.raises(
        ModelError, match=f"SHA-256 begins with {digest[:8]}, the published one with 0123abcd"
    ):
        find(wrong, context)


def test_a_digest_is_taken_once_and_again_when_the_file_changes(tmp_path: Path) -> None:
    path = _made(tmp_path / "w.pth")
    first = sha256(path, _context(tmp_path))
    assert first == hashlib.sha256(b"weights").hexdigest()
    stat = path.stat()
    path.write_text("WEIGHTS")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert sha256(path, _context(tmp_path)) == first  # same place, size and time: not read again
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    assert sha256(path, _context(tmp_path)) == hashlib.sha256(b"WEIGHTS").hexdigest()


def test_a_folder_is_known_by_its_files(tmp_path: Path) -> None:
    _made(tmp_path / "llm" / "config.json", "{}")
    before = content(tmp_path / "llm", _context(tmp_path))
    _made(tmp_path / "llm" / "model.safetensors")
    assert content(tmp_path / "llm", _context(tmp_path)) != before


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    _made(tmp_path / "published" / "w.pth")

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(tmp_path / "published"))  # type: ignore[arg-type]  # as called

        def log_message(self, *args: object) -> None:
            return None

    serving = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=serving.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{serving.server_port}"
    serving.shutdown()
    serving.server_close()
    thread.join()


def test_nothing_is_downloaded_unless_the_user_says_so(tmp_path: Path, server: str) -> None:
    published = Published(
        "w", "net/w.pth", "the network", "its authors", "7 bytes", "MIT", url=f"{server}/w.pth"
    )
    with pytest.raises(ModelError, match="type --iad-download to have it downloaded there"):
        find(published, _context(tmp_path, ("", tmp_path / "w")))
    path = find(published, _context(tmp_path, ("", tmp_path / "w"), may_download=True))
    assert path == tmp_path / "w" / "net" / "w.pth"
    assert path.read_text() == "weights"
    assert [each.name for each in path.parent.iterdir()] == ["w.pth"]


def test_a_download_that_fails_leaves_nothing_behind(tmp_path: Path, server: str) -> None:
    published = Published(
        "w", "w.pth", "the network", "its authors", "7 bytes", "MIT", url=f"{server}/gone.pth"
    )
    with pytest.raises(ModelError, match=r"cannot download the network from .*404.*put it at"):
        find(published, _context(tmp_path, ("", tmp_path / "w"), may_download=True))
    assert not list((tmp_path / "w").iterdir())
