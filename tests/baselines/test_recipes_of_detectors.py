from __future__ import annotations

import pytest

from baselines.recipes import settings_of
from iad_eval.errors import UsageError
from iad_eval.words import Json

DEFAULTS: dict[str, Json] = {"epochs": 640, "rate": 0.1, "textures": None, "backbone": "wide", "crop": True}


def test_a_table_changes_what_it_names() -> None:
    assert settings_of({"epochs": 2, "rate": 1, "textures": "dtd"}, DEFAULTS, "glass") == {
        "epochs": 2,
        "rate": 1,
        "textures": "dtd",
        "backbone": "wide",
        "crop": True,
    }


def test_nothing_said_are_the_defaults() -> None:
    assert settings_of({}, DEFAULTS, "glass") == DEFAULTS


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"epoch": 2}, "glass has no setting 'epoch'. Did you mean 'epochs'"),
        ({"epochs": "2"}, "epochs takes a whole number, not '2' \\(its default is 640\\)"),
        ({"epochs": 2.5}, "epochs takes a whole number, not 2.5"),
        ({"epochs": True}, "epochs takes a whole number, not True"),
        ({"rate": "fast"}, "rate takes a number"),
        ({"crop": 1}, "crop takes true or false"),
        ({"backbone": 50}, "backbone takes a text"),
    ],
)
def test_wrong_settings_are_named(table: dict[str, Json], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        settings_of(table, DEFAULTS, "glass")
