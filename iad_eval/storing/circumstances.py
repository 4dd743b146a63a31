"""What of a run's manifest is stored: what a reviewer asks about, nothing in which equal sessions differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iad_eval.words import Json

KEPT = (
    "iad_eval",
    "seed",
    "configuration",
    "classes",
    "prompts",
    "packages",
    "python",
    "hardware",
    "git_commit",
    "dataset_digests",
    "noise",
)
"""Sections of a manifest without times, command lines and places."""


def circumstances_of(manifest: Mapping[str, Json]) -> dict[str, Json]:
    """The stored circumstances, and under ``engines`` what answered for each LVLM."""
    kept = {name: manifest[name] for name in KEPT if name in manifest}
    if "configuration" in kept:
        kept["configuration"] = placeless_configuration(manifest)
    if "prompts" in kept:
        kept["prompts"] = _sorted_prompts(kept["prompts"])
    serving = manifest.get("serving", [])
    assert isinstance(serving, Sequence)
    engines: dict[str, list[Json]] = {}
    for each in serving:
        assert isinstance(each, Mapping)
        named = each["engines"]
        assert isinstance(named, Sequence)
        known = engines.setdefault(str(each["model"]), [])
        known += [name for name in named if name not in known]
    return {**kept, "engines": {model: sorted(map(str, found)) for model, found in engines.items()}}


def placeless_configuration(manifest: Mapping[str, Json]) -> dict[str, Json]:
    """A manifest's configuration without the roots of datasets: on another machine they lie elsewhere."""
    found = manifest.get("configuration", {})
    assert isinstance(found, Mapping)
    datasets = found.get("datasets", {})
    assert isinstance(datasets, Mapping)
    placeless = {
        name: {key: value for key, value in described.items() if key != "root"}
        for name, described in datasets.items()
        if isinstance(described, Mapping)
    }
    return {**found, "datasets": placeless}


def _sorted_prompts(prompts: Json) -> Json:
    """Whatever the order in which the cases were selected."""
    assert isinstance(prompts, Mapping)
    return {
        protocol: {text: sorted(map(str, asked)) for text, asked in texts.items() if isinstance(asked, list)}
        for protocol, texts in prompts.items()
        if isinstance(texts, Mapping)
    }
