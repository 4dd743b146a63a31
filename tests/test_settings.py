"""Settings are parsed once, at the edge."""

from __future__ import annotations

from pathlib import Path

import pytest

from iad_eval.errors import UsageError
from iad_eval.options import OPTIONS, Source, run_path, settings
from iad_eval.profiles import PAPER, THROUGHPUT
from iad_eval.settings import DatasetSpec, DetectorSettings, LvlmSettings, Settings

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
    assert found.repeats == 1
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
        ({"iad_repeats": ["0"]}, "--iad-repeats takes a whole number from 1 on, not 0"),
        ({"iad_repeats": ["-3"]}, "--iad-repeats takes a whole number from 1 on, not -3"),
        ({"iad_repeats": ["often"]}, "--iad-repeats takes a whole number, not 'often'"),
    ],
)
def test_numbers_are_numbers(given: dict[str, list[str]], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        settings(_source(HERE, **given), _source(INI))


def test_every_option_is_described() -> None:
    assert all(option.help and option.flag.startswith("--iad-") for option in OPTIONS)


def test_lvlms_are_asked_as_the_paper_did_unless_told_otherwise() -> None:
    found = settings(_source(HERE), _source(INI)).lvlm
    assert found == LvlmSettings()
    assert found.profile == PAPER
    assert (found.endpoint, found.prompts, found.changes, found.shots) == (None, None, (), 1)
    assert found.uses_recorded


def test_every_lvlm_option_from_the_ini_file() -> None:
    ini = _source(
        INI,
        iad_prompts=["mine/prompts.toml"],
        iad_shots=["3"],
        iad_profile=["throughput"],
        iad_lvlm=["temperature=0", " max_num_seqs = 8 "],
        iad_endpoint=["http://host:8000/v1"],
        iad_recorded=["no"],
    )
    assert settings(_source(HERE), ini).lvlm == LvlmSettings(
        endpoint="http://host:8000/v1",
        prompts=INI / "mine" / "prompts.toml",
        profile=THROUGHPUT,
        changes=(("temperature", 0.0), ("max_num_seqs", 8)),
        shots=3,
        uses_recorded=False,
    )


def test_the_command_line_overrides_the_lvlm_options_of_the_ini_file_one_by_one() -> None:
    ini = _source(INI, iad_lvlm=["temperature=0", "max_tokens=9"], iad_shots=["3"], iad_recorded=["no"])
    found = settings(_source(HERE, iad_lvlm=["max_tokens=5"], iad_recorded=["yes"]), ini).lvlm
    assert found.changes == (("max_tokens", 5),)
    assert found.shots == 3
    assert found.uses_recorded


def test_a_prompt_file_starts_where_it_was_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    ini = _source(INI, iad_prompts=["a.toml"])
    assert settings(_source(HERE), ini).lvlm.prompts == INI / "a.toml"
    assert settings(_source(HERE, iad_prompts=["b.toml"]), ini).lvlm.prompts == HERE / "b.toml"
    assert settings(_source(HERE, iad_prompts=["/c/d.toml"]), ini).lvlm.prompts == Path("/c/d.toml")
    monkeypatch.setenv("HOME", "/home/me")
    assert settings(_source(HERE, iad_prompts=["~/e.toml"]), ini).lvlm.prompts == Path("/home/me/e.toml")


def test_of_an_option_typed_several_times_the_last_counts_also_when_it_came_before() -> None:
    thrice = _source(
        HERE,
        iad_repeats=["3", "5", "3"],
        iad_seed=["1", "2", "1"],
        iad_lvlm=["temperature=0", "temperature=1", "temperature=0"],
        iad_profile=["paper", "throughput", "paper"],
        iad_run=["r", "s", "r"],
    )
    found = settings(thrice, _source(INI, iad_repeats=["9"]))
    assert found.repeats == 3
    assert found.seed == 1
    assert found.lvlm.changes == (("temperature", 0.0),)
    assert found.lvlm.profile == PAPER
    assert run_path(thrice, _source(INI)) == HERE / "r"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"iad_shots": ["two"]}, "--iad-shots takes a whole number, not 'two'"),
        ({"iad_shots": ["0"]}, "from 1 on, not 0; without references ask with --iad-protocol zeroshot"),
        ({"iad_profile": ["fast"]}, "unknown profile 'fast'.*paper, throughput.*--iad-profile"),
        ({"iad_lvlm": ["temperature"]}, "expected KEY=VALUE"),
        ({"iad_lvlm": ["max_token=3"]}, "Did you mean 'max_tokens'"),
        ({"iad_recorded": ["maybe"]}, "--iad-recorded takes yes or no, not 'maybe'"),
    ],
)
def test_lvlm_options_say_what_they_take(given: dict[str, list[str]], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        settings(_source(HERE, **given), _source(INI))


def test_detectors_run_where_torch_likes_unless_told_otherwise() -> None:
    assert settings(_source(HERE), _source(INI)).detectors == DetectorSettings()


def test_every_detector_option_from_the_ini_file() -> None:
    found = settings(
        _source(HERE),
        _source(
            INI,
            iad_device=["cuda:0,cuda:1"],
            iad_weights=["weights", "glass=ours/glass"],
            iad_download=["yes"],
            iad_detectors=["small.toml"],
        ),
    ).detectors
    assert found.device == "cuda:0,cuda:1"
    assert found.weights == (("", INI / "weights"), ("glass", INI / "ours/glass"))
    assert found.may_download
    assert found.recipes == INI / "small.toml"


def test_a_path_with_an_equals_sign_is_no_key() -> None:
    found = settings(_source(HERE, iad_weights=["/data/a=b", "glass=/data/a=b"]), _source(INI)).detectors
    assert found.weights == (("", Path("/data/a=b")), ("glass", Path("/data/a=b")))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"iad_device": ["GPU 1"]}, "--iad-device takes auto, cpu, cuda"),
        ({"iad_device": ["cuda:"]}, "not 'cuda:'"),
        ({"iad_page": ["later"]}, "--iad-page takes yes or no, not 'later'"),
        ({"iad_download": ["maybe"]}, "iad_download in the ini file takes yes or no, not 'maybe'"),
    ],
)
def test_detector_options_say_what_they_take(given: dict[str, list[str]], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        settings(_source(HERE), _source(INI, **given))
