"""Which views two runs both have: found by identity, and what is missing on either side is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from iad_eval.comparing.matched import ABSENT, SIDES, MatchedClass, Matching, Missing, Reason, Said
from iad_eval.judging import Asker, Judged, headlines, in_order
from iad_eval.stored import StoredClass, StoredRun
from iad_eval.words import ORIGINAL, Case, Threshold


def match(before: StoredRun, after: StoredRun) -> Matching:
    """Finds the views of both runs. A photograph is the same where its name, its bytes and its truth are."""
    heads = [headlines(each.judged for each in run.classes) for run in (before, after)]
    own = {who: (heads[0][who], heads[1][who]) for who in heads[0] if who in heads[1]}
    sides = [{(c.judged.dataset, c.judged.class_name): c for c in run.classes} for run in (before, after)]
    planned = [{each.case: each.views for each in run.planned} for run in (before, after)]
    classes: list[MatchedClass] = []
    missing: list[Missing] = []
    for place in sorted(sides[0].keys() | sides[1].keys()):
        old, new = (side.get(place) for side in sides)
        of_class = _OfClass(place, old, new, planned[0], planned[1])
        missing += of_class.missing()
        if old is not None and new is not None:
            classes += of_class.matched(own)
    for side, run, other in zip(SIDES, (after, before), planned, strict=True):
        missing += [  # of a class that nobody observed anything of
            Missing(each.case, side, "not observed" if each.case in other else "not run", each.views)
            for each in run.planned
            if (each.case.dataset, each.case.class_name) not in sides[0].keys() | sides[1].keys()
        ]
    order = sorted(classes, key=lambda c: (c.dataset, in_order(c.asker), c.class_name))
    return Matching(order, sorted(missing, key=_order), own)


class _OfClass:
    """One class on both sides; a photograph that is another now is known from the start."""

    def __init__(
        self,
        place: tuple[str, str],
        old: StoredClass | None,
        new: StoredClass | None,
        planned_old: Mapping[Case, int],
        planned_new: Mapping[Case, int],
    ) -> None:
        self._place = place
        self._old, self._new = old, new
        self._planned = (planned_old, planned_new)
        self._views = (_views(old), _views(new))
        self._other = _other_photographs(old, new) if old is not None and new is not None else {}

    def missing(self) -> Iterator[Missing]:
        """What is not compared, case by case, as far as either side holds a view of it."""
        known = tuple(
            set(side.judged.samples) if side is not None else set[str]() for side in (self._old, self._new)
        )
        for asker, perturbation in self._views[0].keys() | self._views[1].keys():
            case = Case(asker[0], *self._place, perturbation, asker[1])
            found = [views.get((asker, perturbation)) for views in self._views]
            judged = [
                _judged_samples(each, side) for each, side in zip(found, (self._old, self._new), strict=True)
            ]
            for lacking, side in enumerate(SIDES):
                reasons: Counter[Reason] = Counter()
                seen = found[lacking]
                reached = 0 if seen is None else len(seen.photographs) + seen.failed
                for sample in judged[1 - lacking] - judged[lacking]:
                    if case not in self._planned[lacking]:
                        reasons["not run"] += 1
                    elif sample not in known[lacking] and reached >= self._planned[lacking][case]:
                        reasons["no such photograph"] += 1
                    else:
                        reasons["not observed"] += 1
                for reason, count in reasons.items():
                    yield Missing(case, side, reason, count)
            changed = Counter(self._other[s] for s in judged[0] & judged[1] if s in self._other)
            for reason, count in changed.items():
                yield Missing(case, "both", reason, count)

    def matched(
        self, own: Mapping[tuple[str, Asker], tuple[Threshold | None, Threshold | None]]
    ) -> Iterator[MatchedClass]:
        """The class by every asker that both sides have a view of."""
        assert self._old is not None
        assert self._new is not None
        cases = self._views[0].keys() & self._views[1].keys()
        for asker in sorted({asker for asker, _ in cases}, key=in_order):
            names = sorted(
                (name for who, name in cases if who == asker), key=lambda name: (name != ORIGINAL, name)
            )
            pairs = [(self._views[0][asker, name], self._views[1][asker, name]) for name in names]
            threshold = _shared_threshold(own[self._place[0], asker], pairs)
            common = [
                (_judged_samples(old, self._old) & _judged_samples(new, self._new)) - self._other.keys()
                for old, new in pairs
            ]
            samples = sorted(set().union(*common))
            if not samples:
                continue
            index = {sample: number for number, sample in enumerate(samples)}
            place = {sample: number for number, sample in enumerate(self._new.judged.samples)}
            yield MatchedClass(
                *self._place,
                asker,
                threshold,
                names,
                samples,
                [self._new.judged.defects[place[sample]] for sample in samples],
                self._new.judged.is_anomalous[[place[sample] for sample in samples]],
                _said(self._old, [old for old, _ in pairs], threshold, common, index),
                _said(self._new, [new for _, new in pairs], threshold, common, index),
                [self._is_touched((asker, name)) for name in names],
            )

    def _is_touched(self, case: tuple[Asker, str]) -> bool:
        assert self._old is not None
        assert self._new is not None
        old, new = self._old.keys.get(case), self._new.keys.get(case)
        return old is None or old != new


def _views(side: StoredClass | None) -> dict[tuple[Asker, str], Judged]:
    if side is None:
        return {}
    return {(each.asker, each.perturbation): each for each in side.judged.judged}


def _judged_samples(judged: Judged | None, side: StoredClass | None) -> set[str]:
    if judged is None or side is None:
        return set()
    return {side.judged.samples[index] for index in judged.photographs}


def _other_photographs(old: StoredClass, new: StoredClass) -> dict[str, Reason]:
    """Photographs of both sides by name, but with other bytes, or called good or bad otherwise."""
    before = {
        sample: (digest, bool(truth))
        for sample, digest, truth in zip(
            old.judged.samples, old.digests, old.judged.is_anomalous, strict=True
        )
    }
    found: dict[str, Reason] = {}
    for sample, digest, truth in zip(new.judged.samples, new.digests, new.judged.is_anomalous, strict=True):
        if sample in before:
            was, was_anomalous = before[sample]
            if was and digest and was != digest:
                found[sample] = "other photograph"
            elif was_anomalous != bool(truth):
                found[sample] = "other truth"
    return found


def _shared_threshold(
    own: tuple[Threshold | None, Threshold | None], pairs: Sequence[tuple[Judged, Judged]]
) -> Threshold | None:
    """The older run's headline threshold, else the newer one's: both sides must be judged by it."""
    for threshold in own:
        if threshold is not None and all(
            threshold in old.calls and threshold in new.calls for old, new in pairs
        ):
            return threshold
    return None


def _said(
    side: StoredClass,
    views: Sequence[Judged],
    threshold: Threshold | None,
    common: Sequence[set[str]],
    index: Mapping[str, int],
) -> Said:
    calls = np.full((len(views), len(index)), ABSENT, dtype=np.int8)
    scores = np.full((len(views), len(index)), np.nan)
    answers: list[list[str]] = []
    for row, (view, shared) in enumerate(zip(views, common, strict=True)):
        names = [side.judged.samples[photograph] for photograph in view.photographs]
        chosen = [place for place, name in enumerate(names) if name in shared]
        columns = [index[names[place]] for place in chosen]
        if threshold is not None:
            calls[row, columns] = view.calls[threshold][chosen]
        if view.scores is not None:
            scores[row, columns] = view.scores[chosen]
        texts = [""] * len(index)
        given = side.answers.get((view.asker, view.perturbation))
        if given is not None:
            for place, column in zip(chosen, columns, strict=True):
                texts[column] = given[place]
        answers.append(texts)
    return Said(calls, scores, answers)


def _order(missing: Missing) -> tuple[object, ...]:
    return (*missing.case.sort_key, missing.side, missing.reason)
