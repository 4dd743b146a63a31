"""How a run was made, for the end of its page: whatever its manifest tells."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from iad_eval.reports.page.key_figures import KeyFigure, key_figures
from iad_eval.reports.wording import counted, listed
from iad_eval.summary import missing
from iad_eval.words import Json

PROMPTS_AT_MOST = 3


@dataclass(frozen=True, slots=True)
class Prompt:
    """A rendered prompt and what is asked with it (``dataset/class/perturbation``)."""

    protocol: str
    text: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a page says about its run, apart from the results.

    ``entries`` are (name, value) pairs; ``packages`` (name, version). ``when`` is empty where
    the manifest does not tell; ``missing_views`` counts what was asked for and not observed.
    """

    title: str
    run: str
    when: str
    missing_views: int
    key_figures: tuple[KeyFigure, ...]
    commands: tuple[str, ...]
    entries: tuple[tuple[str, str], ...]
    packages: tuple[tuple[str, str], ...]
    prompts: tuple[Prompt, ...]
    prompts_left_out: int = 0


def facts(
    summary: Mapping[str, Json],
    manifest: Mapping[str, Json],
    run: str,
    title: str = "Industrial anomaly detection",
) -> Facts:
    """The facts of the run named ``run``; an old or foreign manifest may lack any of them."""
    prompts, left_out = _prompts(manifest)
    return Facts(
        title=title,
        run=run,
        when=_when(manifest.get("finished")) or _when(manifest.get("started")),
        missing_views=max(0, missing(summary)),
        key_figures=tuple(key_figures(summary)),
        commands=_commands(manifest),
        entries=tuple((name, value) for name, value in _entries(manifest) if value),
        packages=tuple((name, str(version)) for name, version in _mapping(manifest.get("packages")).items()),
        prompts=prompts,
        prompts_left_out=left_out,
    )


def _entries(manifest: Mapping[str, Json]) -> list[tuple[str, str]]:
    hardware = _mapping(manifest.get("hardware"))
    cpus = hardware.get("cpus")
    machine = [_text(hardware.get("system")), _text(hardware.get("machine"))]
    machine += [f"{cpus} CPUs"] if cpus else []
    machine += [f"device {hardware['device']}"] if hardware.get("device") else []
    configuration = _mapping(manifest.get("configuration"))
    datasets = _mapping(manifest.get("classes"))
    return [
        ("iad-eval", _text(manifest.get("iad_eval"))),
        ("Python", _text(manifest.get("python"))),
        ("Started", _when(manifest.get("started"))),
        ("Finished", _when(manifest.get("finished")) or "not recorded"),
        ("Sessions", _text(len(_sequence(manifest.get("sessions"))) or None)),
        ("Merged from", listed([_text(each) for each in _sequence(manifest.get("merged_from"))])),
        ("Seed", _text(manifest.get("seed"))),
        ("At most per class", _text(configuration.get("limit"))),
        ("Git commit", _text(manifest.get("git_commit"))),
        ("Hardware", ", ".join(each for each in machine if each)),
        ("Datasets", "; ".join(_dataset(name, _mapping(found)) for name, found in datasets.items())),
        ("Models", listed([str(name) for name in _mapping(configuration.get("models"))])),
        ("Perturbations", listed([str(name) for name in _mapping(configuration.get("perturbations"))])),
    ]


def _dataset(name: str, classes: Mapping[str, Json]) -> str:
    return f"{name} ({counted(len(classes), 'class')})"


def _commands(manifest: Mapping[str, Json]) -> tuple[str, ...]:
    """The command lines of all sessions, each once, in their order."""
    lines = [_mapping(each).get("command_line") for each in _sequence(manifest.get("sessions"))]
    typed = [
        shlex.join(str(word) for word in _sequence(line)) for line in [*lines, manifest.get("command_line")]
    ]
    return tuple(dict.fromkeys(line for line in typed if line))


def _prompts(manifest: Mapping[str, Json]) -> tuple[tuple[Prompt, ...], int]:
    """A few prompts of each protocol, and how many are left out."""
    shown: list[Prompt] = []
    left_out = 0
    for protocol, texts in _mapping(manifest.get("prompts")).items():
        found = list(_mapping(texts).items())
        left_out += max(0, len(found) - PROMPTS_AT_MOST)
        for text, places in found[:PROMPTS_AT_MOST]:
            shown.append(Prompt(protocol, text, tuple(_text(place) for place in _sequence(places))))
    return tuple(shown), left_out


def _when(at: Json) -> str:
    """``2026-11-24T03:21:45+00:00`` as ``2026-11-24 03:21 UTC``; other texts as they are."""
    text = _text(at)
    is_utc = text.endswith("+00:00") and len(text) == len("2026-11-24T03:21:45+00:00")
    return f"{text[:10]} {text[11:16]} UTC" if is_utc else text


def _text(value: Json) -> str:
    return "" if value is None else str(value)


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _sequence(value: Json) -> Sequence[Json]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()
