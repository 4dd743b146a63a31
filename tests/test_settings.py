"""Settings are parsed once, at the edge."""

from __future__ import annotations

from pathlib import Path

import pytest

from iad_eval.errors import UsageError
from iad_eval.options import OPTIONS, Source, run_path, settings
from iad_eval.settings import DatasetSpec, Settings

HERE = Path("here")
INI = Path("ini")


def _source(base: Path, **given: list[str]) -> Source:
    return Source(lambda name: given.get(name, []), base)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("synthetic", ("synthetic", "synthetic", None)),
        ("synthetic:7", ("synthetic", "synthetic", "7")),
        ("mvtec:/data/mvtec", ("mvtec", "mvtec", "/data/mvtec")),
        ("mvtec:C:\\data", ("mvtec", "mvtec", "C:\\data")),
        ("parts=folder:my parts", ("parts", "folder", "my parts")),
        (" visa:a=b ", ("visa", "visa", "a=b")),
    ],
)
def test_datasets_as_typed(text: str, expected: tuple[str, str, str | None]) -> None:
    spec = DatasetSpec.parse(text)
    assert (spec.name, spec.kind, spec.argument) == expected


@pytest.mark.parametrize("text", ["", ":", "mvtec:", "a b:c", "=folder:x", "/data/mvtec"])
def test_texts_that_are_no_dataset(text: str) -> None:
    with pytest.raises(UsageError, match="type for example mvtec:data/mvtec"):
        DatasetSpec.parse(text)


def test_two_datasets_of_one_name_need_aliases() -> None:
    specs = (DatasetSpec.parse("folder:a"), DatasetSpec.parse("folder:b"))
    with pytest.raises(UsageError, match="folder2=folder:PATH"):
        Settings(datasets=specs)


def test_nothing_given_is_the_default() -> None:
    assert settings(_source(HERE), _source(INI)) == Settings(cache=INI / ".iad_cache")


def test_the_command_line_overrides_the_ini_file_option_by_option() -> None:
    found = settings(
        _source(HERE, iad_model=["a", " b ", "a"]),
        _source(INI, iad_model=["c"], iad_class=["bottle"], iad_limit=["3"], iad_dataset=["mvtec:data"]),
    )
    assert found.models == ("a", "b")
    assert found.classes == ("bottle",)
    assert found.limit == 3
    assert found.datasets == (DatasetSpec("mvtec", "mvtec", "data", INI),)


def test_paths_start_where_they_were_typed() -> None:
    assert settings(_source(HERE, iad_cache=["c"]), _source(INI)).cache == HERE / "c"
    assert settings(_source(HERE), _source(INI, iad_cache=["c"])).cache == INI / "c"
    assert run_path(_source(HERE), _source(INI, iad_run=["r"])) == INI / "r"
    assert run_path(_source(HERE, iad_run=["s"]), _source(INI, iad_run=["r"])) == HERE / "s"
    assert run_path(_source(HERE), _source(INI)) is None


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"iad_limit": ["many"]}, "--iad-limit takes a whole number, not 'many'"),
        ({"iad_limit": ["0"]}, "from 1 on, not 0"),
        ({"iad_seed": ["x"]}, "--iad-seed takes a whole number"),
    ],
)
def test_numbers_are_numbers(given: dict[str, list[str]], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        settings(_source(HERE, **given), _source(INI))


def test_every_option_is_described() -> None:
    assert all(option.help and option.flag.startswith("--iad-") for option in OPTIONS)
