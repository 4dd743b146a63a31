"""The plugin's options, each on the command line and in the ini file, and the settings they make."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from iad_eval.errors import UsageError
from iad_eval.limits import GATES, GateSettings, limits_of
from iad_eval.profiles import PAPER, parse_changes, profile_named
from iad_eval.settings import DatasetSpec, DetectorSettings, LvlmSettings, Settings, once


@dataclass(frozen=True, slots=True)
class Option:
    """``--iad-dataset`` and ``iad_dataset = ...``; a repeatable one takes a line each in the ini file.

    One without a ``metavar`` is a switch: typed alone, ``= yes`` in the ini file.
    """

    name: str
    metavar: str
    help: str
    repeatable: bool = False

    @property
    def flag(self) -> str:
        """As typed on the command line."""
        return "--" + self.name.replace("_", "-")

    def add_to(self, add: Callable[..., object]) -> None:
        """Adds it to a command line through a parser's own method."""
        text = self.help + (" (repeatable)" if self.repeatable else "")
        if self.metavar:
            add(self.flag, action="append", metavar=self.metavar, help=text)
        else:
            add(self.flag, action="append_const", const="yes", help=text)


OPTIONS = (
    Option(
        "iad_dataset",
        "[ALIAS=]NAME[:PATH]",
        "photographs: mvtec:PATH, visa:PATH, folder:PATH, synthetic[:SEED] (the default)",
        repeatable=True,
    ),
    Option("iad_class", "NAME", "only this class, by its exact name", repeatable=True),
    Option(
        "iad_perturbation",
        "NAME",
        "original, rotated, padded, timestamp (the default: all four), or a camera's: rotate:15, blur:2, ...",
        repeatable=True,
    ),
    Option("iad_model", "NAME", "who is asked (default: patch-knn)", repeatable=True),
    Option("iad_protocol", "NAME", "how an LVLM is asked (default: the model's first)", repeatable=True),
    Option("iad_prompts", "FILE.toml", "prompts of your own, laid over the paper's (docs/prompts.md)"),
    Option("iad_shots", "K", "good photographs that an LVLM is shown as references (default: 1)"),
    Option(
        "iad_profile",
        "NAME",
        "how an LVLM is run: paper (the default) or throughput (verdict and score only)",
    ),
    Option(
        "iad_lvlm",
        "KEY=VALUE",
        "a setting of the profile: temperature=0, tensor_parallel_size=1, max_pixels=802816, ...",
        repeatable=True,
    ),
    Option(
        "iad_repeats",
        "N",
        "ask an LVLM that draws its answers N times about every view, to measure the noise of sampling "
        "(default: 1)",
    ),
    Option(
        "iad_endpoint",
        "URL",
        "an OpenAI-compatible server (ends in /v1) to ask instead of starting an engine",
    ),
    Option("iad_recorded", "yes|no", "let answers recorded with a model stand for it (default: yes)"),
    Option("iad_device", "DEVICE", "where trained detectors run: auto (the default), cpu, cuda:1, ..."),
    Option(
        "iad_weights",
        "[KEY=]PATH",
        "the folder of trained detectors' weights, or where one of them lies: glass=PATH, ...",
        repeatable=True,
    ),
    Option("iad_download", "", "let trained detectors download the weights that are missing"),
    Option("iad_detectors", "FILE.toml", "settings of trained detectors, a table for each model"),
    Option("iad_limit", "N", "only the first N normal and N anomalous test photographs of each class"),
    Option("iad_run", "DIR", "the run's directory, continued if it exists (default: runs/<UTC time>)"),
    Option("iad_page", "yes|no", "keep pictures of the views, end with report.html (default: yes)"),
    Option("iad_seed", "N", "for the bootstrap and for models that draw lots (default: 0)"),
    Option(
        "iad_good", "NAME", "what folder datasets call their good folder (default: good)", repeatable=True
    ),
    Option(
        "iad_compare",
        "FILE|RUN",
        "a stored run (python -m iad_eval store) or a run's directory to compare this one with",
    ),
    Option(
        "iad_fail_drop",
        "[WHERE=]POINTS",
        "fail where accuracy dropped by more, and not by chance, overall or in a class: 2, each=5, bolt=9",
        repeatable=True,
    ),
    Option(
        "iad_min_accuracy",
        "[WHERE=]PERCENT",
        "fail below this accuracy on original, as the mean over classes: 90, each=80, capsule=85",
        repeatable=True,
    ),
    Option(
        "iad_max_average_drop",
        "[WHERE=]POINTS",
        "fail where perturbations cost more on average: 5, each=10, capsule=8",
        repeatable=True,
    ),
    Option(
        "iad_max_unreadable",
        "[WHERE=]PERCENT",
        "fail where more answers than this say neither yes nor no: 1, each=3, capsule=2",
        repeatable=True,
    ),
    Option(
        "iad_undecided",
        "warn|fail",
        "what becomes of a drop that is neither established nor excluded (default: warn)",
    ),
    Option("iad_changed_only", "", "run only the cases of which something differs from --iad-compare's"),
    Option("iad_cache", "DIR", "where answers, fits and drawn data are kept (default: .iad_cache)"),
)

Typed = Callable[[str], Sequence[str]]
"""Option name -> the values given for it, none where it was not given."""

Chosen = Callable[[str], tuple[tuple[str, ...], Path]]
"""Option name -> the values that count, and the folder that relative paths among them start from."""

_KEYED = re.compile(r"[a-z][a-z0-9_]*=")


@dataclass(frozen=True, slots=True)
class Source:
    """Where values come from, and which folder relative paths in them start from."""

    values: Typed
    base: Path


def settings(command_line: Source, ini: Source) -> Settings:
    """The settings of a session; the command line overrides the ini file option by option.

    Raises UsageError for a value of another form, naming the option.
    """

    chosen = _choosing(command_line, ini)

    def names(name: str) -> tuple[str, ...]:
        return once(chosen(name)[0])

    default = Settings()
    specs, base = chosen("iad_dataset")
    cache, cache_base = chosen("iad_cache")
    limit = _number("iad_limit", chosen("iad_limit")[0])
    repeats = _number("iad_repeats", chosen("iad_repeats")[0])
    return Settings(
        datasets=tuple(DatasetSpec.parse(spec, base) for spec in once(specs)) or default.datasets,
        classes=names("iad_class"),
        perturbations=names("iad_perturbation") or default.perturbations,
        models=names("iad_model") or default.models,
        protocols=names("iad_protocol"),
        limit=limit,
        seed=_number("iad_seed", chosen("iad_seed")[0]) or 0,
        good=names("iad_good") or default.good,
        cache=cache_base / Path(cache[-1]).expanduser() if cache else ini.base / default.cache,
        lvlm=_lvlm(chosen),
        detectors=_detectors(chosen),
        makes_page=_yes_or_no("iad_page", chosen) is not False,
        repeats=default.repeats if repeats is None else repeats,
        gates=gates(command_line, ini),
    )


def gates(command_line: Source, ini: Source) -> GateSettings:
    """What a run is compared with and held to. Raises UsageError as :func:`settings` does."""
    chosen = _choosing(command_line, ini)
    compare, base = chosen("iad_compare")
    undecided = chosen("iad_undecided")[0]
    if undecided and undecided[-1] not in ("warn", "fail"):
        raise UsageError(f"--iad-undecided takes warn or fail, not {undecided[-1]!r}")
    limits = tuple(limits_of(gate, chosen(f"iad_{gate}")[0]) for gate in GATES)
    return GateSettings(
        compare=_unmoved(base / Path(compare[-1]).expanduser()) if compare else None,
        limits=tuple(each for each in limits if each),
        undecided_fails=undecided[-1:] == ("fail",),
        changed_only=_yes_or_no("iad_changed_only", chosen, "iad_changed_only in the ini file") is True,
    )


def _unmoved(path: Path) -> Path:
    """What ``runs/latest`` points at now: a session lets it point at its own run."""
    return path.resolve() if path.is_symlink() else path


def _choosing(command_line: Source, ini: Source) -> Chosen:
    def chosen(name: str) -> tuple[tuple[str, ...], Path]:
        typed = _said(command_line.values(name))
        return (typed, command_line.base) if typed else (_said(ini.values(name)), ini.base)

    return chosen


def _detectors(chosen: Chosen) -> DetectorSettings:
    device = chosen("iad_device")[0]
    typed, base = chosen("iad_weights")
    weights = [each.partition("=") if _KEYED.match(each) else ("", "=", each) for each in typed]
    recipes, recipes_base = chosen("iad_detectors")
    return DetectorSettings(
        device=device[-1] if device else "auto",
        weights=tuple((key, base / Path(path).expanduser()) for key, _, path in weights),
        may_download=_yes_or_no("iad_download", chosen, "iad_download in the ini file") is True,
        recipes=recipes_base / Path(recipes[-1]).expanduser() if recipes else None,
    )


def _lvlm(chosen: Chosen) -> LvlmSettings:
    prompts, base = chosen("iad_prompts")
    profile = chosen("iad_profile")[0]
    endpoint = chosen("iad_endpoint")[0]
    shots = _number("iad_shots", chosen("iad_shots")[0])
    return LvlmSettings(
        endpoint=endpoint[-1] if endpoint else None,
        prompts=base / Path(prompts[-1]).expanduser() if prompts else None,
        profile=profile_named(profile[-1]) if profile else PAPER,
        changes=tuple(parse_changes(chosen("iad_lvlm")[0]).items()),
        shots=1 if shots is None else shots,
        uses_recorded=_yes_or_no("iad_recorded", chosen) is not False,
    )


def run_path(command_line: Source, ini: Source) -> Path | None:
    """The run directory that was asked for, if any."""
    for source in (command_line, ini):
        typed = _said(source.values("iad_run"))
        if typed:
            return source.base / Path(typed[-1]).expanduser()
    return None


def _said(values: Sequence[str]) -> tuple[str, ...]:
    """All of them, also twice the same: where one counts, it is the one that was typed last."""
    return tuple(value.strip() for value in values if value.strip())


def _yes_or_no(name: str, chosen: Chosen, called: str | None = None) -> bool | None:
    """None where the option was not given; ``called`` is how a person knows it, if not by its flag."""
    typed = chosen(name)[0]
    if not typed:
        return None
    if typed[-1] not in ("yes", "no"):
        flag = "--" + name.replace("_", "-")
        raise UsageError(f"{called or flag} takes yes or no, not {typed[-1]!r}")
    return typed[-1] == "yes"


def _number(name: str, typed: Sequence[str]) -> int | None:
    if not typed:
        return None
    try:
        return int(typed[-1])
    except ValueError:
        flag = "--" + name.replace("_", "-")
        raise UsageError(
            f"{flag} takes a whole number, not {typed[-1]!r}; type for example {flag} 5"
        ) from None
