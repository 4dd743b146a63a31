"""What a model is asked: the texts of all protocols and classes, and how they become one prompt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from iad_eval.errors import UsageError, unknown
from iad_eval.prompts.lines import KeyPath, spelt
from iad_eval.prompts.origins import Origin, OwnFile
from iad_eval.prompts.templates import filled, partly_filled, placeholders

DEFAULT_PROTOCOLS = ("oneshot-specific", "oneshot", "zeroshot-description", "zeroshot")
"""How the paper asks (Table 5), the default first."""

PAPER_SOURCE = "the paper's prompts"
"""The ``source`` of a book without a file of the user's."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """The text of a request: single spaces, no blanks at the ends; and whether references precede it."""

    text: str
    shows_reference: bool


@dataclass(frozen=True, slots=True)
class Questions:
    """The question that every class shares, by the number of references shown: one, several, none."""

    of_one: str
    of_several: str
    without_reference: str


@dataclass(frozen=True, slots=True)
class Protocol:
    """One way of asking (paper, Table 5): a text with placeholders, and whether references are shown."""

    text: str
    shows_reference: bool


@dataclass(frozen=True, slots=True)
class ClassWords:
    """What is said about one class (paper, Tables 6 and 7); an empty text says nothing.

    ``for_perturbation`` has the sentences that stand in for ``sentence``, by the canonical name
    of a perturbation (``rotated``, ``rotate:15``) or by its family (``rotate``).
    """

    sentence: str = ""
    description: str = ""
    for_perturbation: Mapping[str, str] = field(default_factory=dict)

    def sentence_for(self, perturbation: str) -> tuple[KeyPath, str]:
        """The sentence and its key: the exact name wins over the family, the family over the plain one."""
        family = perturbation.partition(":")[0]
        for name in (perturbation, family):
            if name in self.for_perturbation:
                return ("for_perturbation", name), self.for_perturbation[name]
        return ("sentence",), self.sentence


@dataclass(frozen=True, slots=True)
class PromptBook:
    """All prompts of a session.

    ``source`` is for messages and the manifest: :data:`PAPER_SOURCE` or the user's path.
    ``words`` are found by the session's name of a dataset, then by class; ``own`` is the user's file.
    """

    source: str
    questions: Questions
    ways: Mapping[str, Protocol]
    words: Mapping[str, Mapping[str, ClassWords]]
    own: OwnFile = field(default_factory=OwnFile)

    @property
    def protocols(self) -> tuple[str, ...]:
        """The names of all protocols: the paper's (Table 5), then the user's own."""
        return tuple(self.ways)

    def prompt(
        self, dataset: str, class_name: str, perturbation: str, protocol: str, shots: int = 1
    ) -> Prompt:
        """What a model is asked about a view; ``shots`` (from 1 on) counts the references of a protocol.

        Raises UsageError for an unknown protocol, for a description that the protocol needs and
        the class lacks, and where nothing is left to ask.
        """
        way, facts, pieces = self._parts(dataset, class_name, perturbation, protocol, shots)
        values = facts | {name: filled(template, facts) for name, (_, template) in pieces.items()}
        if "description" in placeholders(way.text) and not values["description"]:
            raise UsageError(
                f"protocol {protocol!r} needs a description of class {class_name!r} of dataset {dataset}: "
                + self._write("description", dataset, class_name)
            )
        text = filled(way.text, values)
        if not text:
            raise UsageError(
                f"protocol {protocol!r} has nothing to ask about class {class_name!r} of dataset {dataset}: "
                "put {question} or {question_without_reference} into its text"
            )
        return Prompt(text, way.shows_reference)

    def origins(
        self, dataset: str, class_name: str, perturbation: str, protocol: str, shots: int = 1
    ) -> tuple[Origin, ...]:
        """What of that prompt comes from the user's file: the pieces that it uses, then its own text.

        Raises UsageError for an unknown protocol.
        """
        way, facts, pieces = self._parts(dataset, class_name, perturbation, protocol, shots)
        used = placeholders(way.text)
        found = [
            self.own.origin(path, filled(template, facts))
            for name, (path, template) in pieces.items()
            if name in used
        ]
        found.append(self.own.origin(("protocols", protocol, "text"), partly_filled(way.text, facts)))
        return tuple(origin for origin in found if origin is not None)

    def _parts(
        self, dataset: str, class_name: str, perturbation: str, protocol: str, shots: int
    ) -> tuple[Protocol, dict[str, str], dict[str, tuple[KeyPath, str]]]:
        """How the class is asked, the values of the facts, keys and templates of the other placeholders."""
        if protocol not in self.ways:
            raise unknown("protocol", protocol, self.ways, "--iad-protocol")
        if shots < 1:
            raise UsageError(f"a prompt counts its references from 1 on, not {shots}")
        way = self.ways[protocol]
        words = self.words.get(dataset, {}).get(class_name, ClassWords())
        shown = shots if way.shows_reference else 0
        facts = {"class_name": class_name.replace("_", " "), "shots": str(shown)}
        table = ("classes", dataset, class_name)
        key, sentence = words.sentence_for(perturbation)
        pieces = {
            "sentence": ((*table, *key), sentence),
            "description": ((*table, "description"), words.description),
            "question": (("question",), self.questions.of_one),
            "question_without_reference": (("question_without_reference",), self.questions.without_reference),
        }
        if shown > 1:
            pieces["question"] = (("question_of_several",), self.questions.of_several)
        return way, facts, pieces

    def _write(self, key: str, dataset: str, class_name: str) -> str:
        table = f"[{spelt(('classes', dataset, class_name))}]"
        if self.source == PAPER_SOURCE:
            return f'write {key} = "..." below {table} into a file and give it with --iad-prompts FILE'
        return f'write {key} = "..." below {table} into {self.source}'
