from __future__ import annotations

from pathlib import Path

import pytest

from iad_eval.errors import UsageError
from iad_eval.predictors.recipes import read_recipes, recipe_for


def _file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "detectors.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_for_each_model(tmp_path: Path) -> None:
    text = '["anomalib:Padim"]\nbackbone = "resnet18"\n[glass]\nepochs = 2\n'
    found = read_recipes(_file(tmp_path, text), ["glass", "patch-knn"])
    assert found == {"anomalib:Padim": {"backbone": "resnet18"}, "glass": {"epochs": 2}}


def test_no_file_says_nothing() -> None:
    assert read_recipes(None, ["glass"]) == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[glass", r"detectors\.toml is no TOML"),
        ("epochs = 2", r"'epochs' stands by itself; settings go below a model's name"),
        ("[glas]\nepochs = 2", r"has tables for 'glas', and this session asks 'glass'"),
        ("", r"has tables for no model"),
    ],
)
def test_files_that_say_nothing_useful_are_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        read_recipes(_file(tmp_path, text), ["glass"])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read .*nowhere\.toml"):
        read_recipes(tmp_path / "nowhere.toml", ["glass"])


def test_a_model_has_its_familys_settings_but_for_its_own(tmp_path: Path) -> None:
    text = '[anomalib]\nbatch = 8\nside_px = 64\n["anomalib:Padim"]\nbatch = 2\n'
    recipes = read_recipes(_file(tmp_path, text), ["anomalib:Patchcore"])
    assert recipe_for("anomalib:Padim", recipes) == {"batch": 2, "side_px": 64}
    assert recipe_for("anomalib:Patchcore", recipes) == {"batch": 8, "side_px": 64}
    assert recipe_for("glass", recipes) == {}
