"""The door to the detectors: what it costs to know of them, and what it says where they cannot be had."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from driving import CASE_FILE, WITH_BASELINES

from baselines import ENTRIES
from iad_eval.errors import ModelError
from iad_eval.identity import FileDigests
from iad_eval.pixels import read_image
from iad_eval.predictors import ModelContext, model_entry


def test_collecting_imports_none_of_it(pytester: pytest.Pytester) -> None:
    heavy = """
def pytest_unconfigure():
    print("HEAVY", sorted({"torch", "torchvision", "anomalib", "transformers", "numpy"} & set(sys.modules)))
"""
    pytester.makeconftest(WITH_BASELINES + heavy)
    pytester.makepyfile(test_cases=CASE_FILE)
    (pytester.path / "parts" / "cup" / "train" / "good").mkdir(parents=True)
    (pytester.path / "parts" / "cup" / "test" / "good").mkdir(parents=True)
    for split in ("train", "test"):
        (pytester.path / "parts" / "cup" / split / "good" / "000.png").write_bytes(b"")
    models = [word for entry in ENTRIES for word in ("--iad-model", entry.name.replace(":", ":Padim"))]
    result = pytester.runpytest_subprocess("--iad-dataset", "folder:parts", *models, "--collect-only", "-q")
    assert result.ret == 0, result.stdout.str()
    result.stdout.fnmatch_lines(["*cup-original-glass*", "*cup-original-anomalib:Padim*", "HEAVY []"])


@pytest.mark.skipif(find_spec("anomalib") is not None, reason="the baselines extra is installed here")
@pytest.mark.parametrize("name", ["glass", "inp-former", "anomalygpt", "anomalib:Padim"])
def test_without_its_packages_a_model_says_what_to_install(name: str, tmp_path: Path) -> None:
    context = ModelContext(tmp_path, 0, FileDigests(), read_image)
    with pytest.raises(ModelError, match=rf"^{name} needs packages that are not installed.*make baselines"):
        model_entry(name, ENTRIES).open(name, context)
