"""From what a run holds to its gallery: one column a fact, so that a page can carry every view."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from iad_eval.judging import training_by_place, verdict_of
from iad_eval.pictures import FOLDER, folder_of, outline_path, picture_path
from iad_eval.reports.page import columns
from iad_eval.reports.page.columns import Gallery, Highlight, Photograph, View, Voice
from iad_eval.reports.page.map_ranges import MapFile, MapFolders
from iad_eval.reports.reading import PAPER_ORDER, DatasetView, Entrant, dataset_views, entrant, number
from iad_eval.store import file_name
from iad_eval.thresholds import threshold_values
from iad_eval.verdicts import read_answer
from iad_eval.visible import visible
from iad_eval.words import ORIGINAL, TRIVIAL, Json, Observation, Threshold, TrainingScores, Verdict

_SIGNS: Mapping[Verdict | None, str] = {
    "anomalous": columns.ANOMALOUS,
    "normal": columns.NORMAL,
    "unreadable": columns.UNREADABLE,
    "failed": columns.FAILED,
    None: columns.NO_THRESHOLD,
}
_HIDDEN_FROM = 0.1


def gallery(
    observations: Sequence[Observation],
    training: Sequence[TrainingScores],
    summary: Mapping[str, Json],
    manifest: Mapping[str, Json],
    run: Path,
) -> Gallery:
    """All views of a run, what every entrant said of them, and which of their files lie in ``run``.

    Verdicts are those at each entrant's headline threshold. Lists the run's folders of
    pictures and reads the first bytes of its anomaly maps; independent of the order of the records.
    """
    by_view: dict[tuple[str, str], Observation] = {}
    fractions: dict[tuple[str, str], tuple[float | None, float | None]] = {}
    by_entrant: dict[Entrant, dict[tuple[str, str], Observation]] = {}
    for each in observations:
        place = (each.sample, each.perturbation)
        by_view.setdefault(place, each)
        if place not in fractions or each.mask_fraction is not None:
            fractions[place] = (each.mask_fraction, each.hidden_fraction)
        by_entrant.setdefault(Entrant(each.model, each.protocol), {})[place] = each
    seen = {perturbation for _, perturbation in by_view}
    order = [name for name in PAPER_ORDER if name in seen] + sorted(seen - set(PAPER_ORDER))
    rank = {name: index for index, name in enumerate(order)}
    places = sorted(
        by_view,
        key=lambda place: (by_view[place].dataset, by_view[place].class_name, place[0], rank[place[1]]),
    )
    texts = _Texts()
    maps = MapFolders(run)
    values = {place: threshold_values(scores) for place, scores in training_by_place(training).items()}
    views_of = dataset_views(summary)
    photographs, views = _views(places, by_view, fractions, _files(run))
    return Gallery(
        perturbations=order,
        photographs=photographs,
        views=views,
        voices=[
            _voice(who, by_entrant[who], places, views_of, values, texts, maps)
            for who in sorted(
                by_entrant, key=lambda who: (who.model in TRIVIAL, who.model, who.protocol or "")
            )
        ],
        texts=texts.lines,
        references=_references(manifest, run),
        highlights=[found for view in views_of for found in _highlights(view)],
    )


def picture_of(sample: str, perturbation: str) -> str:
    """A picture's path, relative to the run: what an ``src`` says."""
    return picture_path(Path(), sample, perturbation).as_posix()


def outline_of(sample: str, perturbation: str) -> str:
    """An outline's path, relative to the run."""
    return outline_path(Path(), sample, perturbation).as_posix()


def harmless(text: str) -> str:
    """Foreign text of several lines, whatever would steer a terminal or a browser shown as text."""
    return "\n".join(visible(line) for line in text.splitlines())


class _Texts:
    """Answers and errors, each once."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._known: dict[str, int] = {}

    def index(self, text: str | None) -> int:
        if text is None:
            return -1
        if text not in self._known:
            self._known[text] = len(self.lines)
            self.lines.append(harmless(text))
        return self._known[text]


def _files(run: Path) -> Mapping[str, frozenset[str]]:
    """The names of the files in each folder of pictures."""
    try:
        folders = list((run / FOLDER).iterdir())
    except OSError:
        return {}
    found = {}
    for folder in folders:
        try:
            found[folder.name] = frozenset(path.name for path in folder.iterdir())
        except OSError:
            continue
    return found


def _views(
    places: Iterable[tuple[str, str]],
    by_view: Mapping[tuple[str, str], Observation],
    fractions: Mapping[tuple[str, str], tuple[float | None, float | None]],
    files: Mapping[str, frozenset[str]],
) -> tuple[list[Photograph], list[View]]:
    photographs: list[Photograph] = []
    views: list[View] = []
    for place in places:
        sample, perturbation = place
        if not photographs or photographs[-1].sample != sample:
            each = by_view[place]
            photographs.append(
                Photograph(
                    sample, each.dataset, each.class_name, each.defect, each.is_anomalous, folder_of(sample)
                )
            )
        names = files.get(photographs[-1].folder, frozenset())
        stem = file_name(perturbation)
        mask, hidden = fractions[place]
        views.append(
            View(
                len(photographs) - 1,
                perturbation,
                f"{stem}.jpg" in names,
                f"{stem}.png" in names,
                _short(mask, 3),
                _short(hidden, 2) if hidden is not None and hidden >= _HIDDEN_FROM else None,
            )
        )
    return photographs, views


def _voice(
    who: Entrant,
    observed: Mapping[tuple[str, str], Observation],
    places: Sequence[tuple[str, str]],
    views_of: Sequence[DatasetView],
    values: Mapping[tuple[str, str, tuple[str, str | None]], Mapping[Threshold, float]],
    texts: _Texts,
    maps: MapFolders,
) -> Voice:
    heads = {view.dataset: view.headline_threshold(who) for view in views_of}
    thresholds = {dataset: head for dataset, head in heads.items() if head is not None}
    asker = (who.model, who.protocol)
    taken = {
        (dataset, class_name): found[thresholds[dataset]]  # type: ignore[index]  # a summary's own word
        for (dataset, class_name, whose), found in values.items()
        if whose == asker and thresholds.get(dataset) in found
    }
    read: dict[str, Verdict] = {}
    signs: list[str] = []
    scores: list[float | None] = []
    said: list[int] = []
    found_maps: list[MapFile | None] = []
    for place in places:
        each = observed.get(place)
        signs.append(columns.NOT_ASKED if each is None else _sign(each, thresholds, taken, read))
        scores.append(None if each is None else _short(each.score, 4))
        said.append(-1 if each is None else texts.index(each.answer if each.error is None else each.error))
        found_maps.append(None if each is None or not each.key else maps.find(who.model, each.key))
    return Voice(
        who,
        who.model in TRIVIAL,
        file_name(who.model),
        thresholds,
        taken,
        "".join(signs),
        scores,
        said,
        found_maps,
    )


def _sign(
    each: Observation,
    thresholds: Mapping[str, str],
    taken: Mapping[tuple[str, str], float],
    read: dict[str, Verdict],
) -> str:
    """The verdict's sign; each different answer is read once."""
    threshold = thresholds.get(each.dataset)
    if threshold == "answer" and each.error is None and each.answer is not None:
        if each.answer not in read:
            read[each.answer] = read_answer(each.answer)
        return _SIGNS[read[each.answer]]
    value = taken.get((each.dataset, each.class_name))
    return _SIGNS[verdict_of(each, "answer" if threshold == "answer" else "max", value)]


def _short(value: float | None, digits: int) -> float | None:
    return float(f"{value:.{digits}g}") if value is not None and math.isfinite(value) else None


def _references(manifest: Mapping[str, Json], run: Path) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    datasets = manifest.get("classes", {})
    for dataset, classes in datasets.items() if isinstance(datasets, Mapping) else ():
        for class_name, counts in classes.items() if isinstance(classes, Mapping) else ():
            sample = counts.get("reference") if isinstance(counts, Mapping) else None
            if isinstance(sample, str) and picture_path(run, sample, ORIGINAL).exists():
                found[dataset, class_name] = sample
    return found


def _highlights(view: DatasetView) -> list[Highlight]:
    """The plainest mistakes of the best model; where none beats the floor, of the first that looks at all."""
    makers = [view.best] if view.best is not None else []
    makers += [who for who in view.entrants if who.model not in TRIVIAL]
    for who in makers:
        found = [each for each in view.mistakes if entrant(each) == who]
        if found:
            return [
                Highlight(
                    view.dataset,
                    who,
                    str(each["sample"]),
                    ORIGINAL,
                    str(each["kind"]),
                    number(each["margin"]),
                    int(number(each["wrong_views"]) or 0),
                    int(number(each["views"]) or 0),
                )
                for each in found
            ]
    return []
