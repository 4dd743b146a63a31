"""What a case asks: each of its views with the identity of the answer, nothing decoded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from iad_eval.datasets import Dataset, Redrawn
from iad_eval.errors import DataError, IadError
from iad_eval.identity import FileDigests, observation_key
from iad_eval.perturbations import Perturbation, perturbation
from iad_eval.predictors import Individual, Predictor, Sampled
from iad_eval.words import ORIGINAL, Case, ClassSamples, Json, Sample, ViewId


@dataclass(frozen=True, slots=True, eq=False)
class Ask:
    """One view that a model is to be asked about.

    ``key`` is the identity of the answer; ``trouble`` says why there can be none: a file
    that cannot be read, a class that the model cannot be set up for. ``repeat`` counts the answers
    that are drawn about the view.
    """

    case: Case
    sample: Sample
    siblings: ClassSamples
    perturbation: Perturbation
    image_digest: str = ""
    mask_digest: str = ""
    key: str = ""
    trouble: str | None = None
    repeat: int = 0

    @property
    def view(self) -> ViewId:
        """The identity of the observation that answers it."""
        return view_of(self.case, self.sample, self.repeat)


def view_of(case: Case, sample: Sample, repeat: int = 0) -> ViewId:
    """The view of a sample that a case asks about."""
    return ViewId(sample.id, case.perturbation, case.model, case.protocol, repeat)


def further_draws(predictor: Predictor, repeats: int) -> list[Mapping[str, Json]]:
    """What each draw after the first adds to an answer's identity; none of a model that does not draw."""
    if not isinstance(predictor, Sampled):
        return []
    drawn = (predictor.redrawn_identity(repeat) for repeat in range(1, repeats))
    return [added for added in drawn if added is not None]


class Asking:
    """Turns cases into asks; every file is read for its digest once.

    ``repeats`` is how many answers of each view are wanted from a model that draws them.
    """

    def __init__(
        self,
        datasets: Mapping[str, Dataset],
        perturbations: Mapping[str, Perturbation],
        limit: int | None,
        digests: FileDigests,
        repeats: int = 1,
    ) -> None:
        self._datasets = datasets
        self._perturbations = perturbations
        self._limit = limit
        self._digests = digests
        self._repeats = repeats

    def siblings(self, case: Case) -> ClassSamples:
        """The samples of the case's class, limited as the settings say."""
        return self._datasets[case.dataset].samples(case.class_name).limited(self._limit)

    def asks(self, case: Case, predictor: Predictor) -> list[Ask]:
        """All views of a case, in the order of its samples, then those of each further repeat.

        Draws a drawn class that is not yet on disk.
        """
        self.prepared(self._datasets[case.dataset], case.class_name)
        siblings = self.siblings(case)
        samples = (*siblings.test, *siblings.train)
        self._digests.warm(sample.image_path for sample in samples)
        self._digests.warm(sample.mask_path for sample in samples if sample.mask_path is not None)
        first = list(self._keyed(case, siblings, predictor, {}))
        further = [
            replace(ask, repeat=repeat)
            for repeat, drawn in enumerate(further_draws(predictor, self._repeats), start=1)
            for ask in self._keyed(case, siblings, predictor, drawn)
            if ask.trouble is None  # told once is enough
        ]
        return [*first, *further]

    def reference(self, case: Case) -> Ask | None:
        """The class's reference as an ask that nobody answers; None for a class without training images."""
        siblings = self.siblings(case)
        sample = siblings.reference
        if sample is None:
            return None
        try:
            digest = self._digests(sample.image_path)
        except DataError:
            return None
        return Ask(replace(case, perturbation=ORIGINAL), sample, siblings, perturbation(ORIGINAL), digest)

    def prepared(self, dataset: Dataset, class_name: str) -> ClassSamples:
        """All samples of a class, whose files are there from now on."""
        dataset.prepare(class_name)
        if isinstance(dataset, Redrawn):
            self._digests.stand(dataset.stand_ins(class_name))
        return dataset.samples(class_name)

    def _keyed(
        self, case: Case, siblings: ClassSamples, predictor: Predictor, drawn: Mapping[str, Json]
    ) -> Iterator[Ask]:
        applied = self._perturbations[case.perturbation]
        try:
            identity = predictor.identity(siblings, case.perturbation, case.protocol)
        except IadError as error:
            for sample in siblings.test:
                yield Ask(case, sample, siblings, applied, trouble=str(error))
            return
        for sample in siblings.test:
            try:
                image = self._digests(sample.image_path)
                mask = self._digests(sample.mask_path) if sample.mask_path is not None else ""
            except DataError as error:
                yield Ask(case, sample, siblings, applied, trouble=str(error))
            else:
                own = (
                    predictor.individual_identity(sample, case.perturbation)
                    if isinstance(predictor, Individual)
                    else {}
                )
                key = observation_key(image, applied, {**identity, **own, **drawn})
                yield Ask(case, sample, siblings, applied, image, mask, key)
