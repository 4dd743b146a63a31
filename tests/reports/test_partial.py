"""What a report says where views failed or answers had to be interpreted: no more than was seen."""

from __future__ import annotations

from collections.abc import Sequence

from observing import view_of

from iad_eval.reports import summary_document
from iad_eval.reports.terminal import text_for
from iad_eval.summary import summarise
from iad_eval.words import Observation

COMMAND = ["pytest", "cases", "-n", "2"]
VIEWS = ("original", "rotated", "padded")


def _text(observations: Sequence[Observation]) -> str:
    """The report in one line."""
    summary = summarise(observations, [], asked=len(observations), seed=0)
    document = summary_document(summary, {"command_line": COMMAND}, verbose=False, next_for="runs/one")
    return " ".join(text_for(document, width=300, colour=False).split())


def _parts(
    name: str, model: str, said: str = "", *, failed: Sequence[str] = (), wrong: int = 0
) -> list[Observation]:
    """Four good and eight bent parts in every view; right but for the first ``wrong``, or ``said``."""
    found = []
    for view in VIEWS:
        for stem in range(12):
            truth = stem >= 4
            answer = said or ("Yes." if truth == (stem >= wrong) else "No.")
            told = {"error": "gone"} if view in failed else {"answer": answer}
            found.append(view_of(f"d/{name}", stem, truth, view, model=model, **told))
    return found


def test_a_floor_does_not_beat_itself_where_good_photographs_cannot_be_read() -> None:
    unread = [view_of("d/c", 99, False, "original", error="damaged", model="always-anomalous")]
    text = _text([*_parts("c", "always-anomalous", "Yes."), *unread])
    assert "always-anomalous its answer – 66.7† 39.1–86.2" in text
    assert "everything anomalous scores 61.5%, which always-anomalous does not beat" in text
    assert "look at these first" not in text


def test_means_and_drops_over_fewer_classes_say_so() -> None:
    whole = [*_parts("c", "a"), *_parts("e", "a"), *_parts("c", "b")]
    told = "Not all 2 classes could be measured in every view"
    assert told not in _text([*whole, *_parts("e", "b")])
    assert f"{told}, and means are over the others: b (1 of 2)." in _text(
        [*whole, *_parts("e", "b", failed=("padded",))]
    )


def test_answers_without_a_leading_yes_or_no_are_told_where_there_are_any() -> None:
    plain, told = _parts("c", "a"), "opened without yes or no; a sentence decided."
    assert told not in _text(plain)
    text = _text([*plain, *_parts("c", "b", "There is a crack."), *_parts("e", "b", "No.")])
    assert f"36 of 72 answers of b (50.0%) {told}" in text
    assert text.count(told) == 1


def test_no_model_loses_least_where_intervals_overlap() -> None:
    text = _text([*_parts("c", "a", wrong=1), *_parts("c", "b", wrong=2)])
    assert "no clear winner, the intervals of b overlap. " in text.partition("loses least")[2]


def test_the_weakest_class_is_asked_for_by_its_exact_name() -> None:
    text = _text([*_parts("a cap", "m", wrong=2), *_parts("caps", "m")])
    assert """pytest cases -n 2 -m 'iad(class_name="a cap")' -v""" in text
    unquotable = _parts("""6" 'cap'""", "m", wrong=2)
    assert "the weakest class alone" not in _text([*unquotable, *_parts("caps", "m")])
