"""Whether a stored run already holds what a case would ask."""

from __future__ import annotations

from collections.abc import Mapping

from iad_eval.stored import StoredRun
from iad_eval.storing.condensing import digest_of_keys
from iad_eval.words import Case


def held_key(stored: StoredRun, case: Case, keys: Mapping[str, str]) -> str | None:
    """The digest of a case's answers, where the run holds all of them; None where one is missing or another.

    ``keys`` are the identities of the answers, by sample (:attr:`iad_eval.words.Observation.key`).
    """
    digest = digest_of_keys(keys)
    for each in stored.classes:
        if (each.judged.dataset, each.judged.class_name) == (case.dataset, case.class_name):
            place = ((case.model, case.protocol), case.perturbation)
            return digest if keys and each.keys.get(place) == digest else None
    return None
