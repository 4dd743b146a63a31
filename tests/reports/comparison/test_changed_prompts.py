"""Prompts as they were and are, line by line; what else differs; what both runs are judged by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows_by_hand import lines

from iad_eval.reports import markdown
from iad_eval.reports.comparison.circumstances import circumstances, missing_table, untouched
from iad_eval.reports.comparison.tables import flips_table, said
from iad_eval.reports.comparison.wording import diff, p_value
from iad_eval.reports.document import Diff, Document, Paragraph
from iad_eval.reports.table import Table
from iad_eval.reports.terminal import text_for
from iad_eval.words import Json


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("Any flaw?", "Any flaw?", [(" ", "Any flaw?")]),
        ("Any flaw? Mind the rim.", "Any flaw?", [(" ", "Any flaw?"), ("-", "Mind the rim.")]),
        ("Any flaw?", "Any flaw? Mind it.", [(" ", "Any flaw?"), ("+", "Mind it.")]),
        ("A. B. C.", "A. D. E. C.", [(" ", "A."), ("-", "B."), ("+", "D."), ("+", "E."), (" ", "C.")]),
        ("At 2.5 mm. Yes!", "At 2.6 mm. Yes!", [("-", "At 2.5 mm."), ("+", "At 2.6 mm."), (" ", "Yes!")]),
        ("A:\n- b\n- c", "A:\n- b\n- d", [(" ", "A:\n"), (" ", "- b\n"), ("-", "- c"), ("+", "- d")]),
    ],
)
def test_a_prompt_is_told_sentence_by_sentence(
    before: str, after: str, expected: list[tuple[str, str]]
) -> None:
    assert list(diff(before, after)) == expected


PROMPTS = st.lists(st.sampled_from(["A. ", "B? ", "c ", "\n", "  "]), max_size=8).map("".join)


@given(PROMPTS, PROMPTS)
def test_both_prompts_can_be_read_off_a_diff(before: str, after: str) -> None:
    found = diff(before, after)
    for text, gone in ((before, "+"), (after, "-")):
        kept = [line for sign, line in found if sign != gone]
        assert "".join(kept).replace(" ", "") == text.replace(" ", "")
    assert all(sign == " " for sign, _ in found) is (before == after)


def _titles(places: list[str]) -> str:
    record: dict[str, Json] = {
        "prompts": [{"protocol": "oneshot", "places": places, "before": "A?", "after": "B?"}]
    }
    (block,) = circumstances(record, verbose=False)
    assert isinstance(block, Diff)
    assert block.lines == (("-", "A?"), ("+", "B?"))
    return block.title


@pytest.mark.parametrize(
    ("places", "title"),
    [
        (["parts/bolt/original"], "Prompt of parts/bolt/original (oneshot)"),
        (
            ["parts/bolt/original", "parts/bolt/rotated", "parts/nut/original", "parts/nut/rotated"],
            "Prompt of parts/bolt and parts/nut in original and rotated (oneshot)",
        ),
        (
            ["parts/bolt/original", "parts/bolt/rotated", "parts/nut/original"],
            "Prompt of parts/bolt/original, parts/bolt/rotated and parts/nut/original (oneshot)",
        ),
        (
            [f"parts/{name}/original" for name in "abcdef"],
            "Prompt of parts/a, parts/b, parts/c, parts/d and 2 more in original (oneshot)",
        ),
    ],
)
def test_a_prompts_title_says_where_it_is_asked(places: list[str], title: str) -> None:
    assert _titles(places) == title


HOSTILE = Diff("`t` \x1b[2J", (("-", "old ``` \x1b[2J"), ("+", "new\n```` <b>")))


def test_a_diff_in_markdown_is_fenced_by_more_backticks_than_it_holds() -> None:
    assert markdown.render(Document((HOSTILE,))) == (
        "**\\`t\\` \\\\x1b\\[2J**\n\n`````diff\n- old ``` \\x1b[2J\n+ new\\n```` <b>\n`````\n"
    )


def test_a_diff_in_a_terminal_is_harmless_and_as_wide_as_it() -> None:
    text = text_for(Document((HOSTILE, Diff("long", (("+", "word " * 30),)))), width=40, colour=False)
    assert text.splitlines()[:3] == ["`t` \\x1b[2J", " - old ``` \\x1b[2J", " + new\\n```` <b>"]
    assert all(line.isprintable() and len(line) <= 40 for line in text.splitlines())
    coloured = text_for(Document((Diff("t", (("-", "old"), ("+", "new"))),)), width=40, colour=True)
    assert "\x1b[31m- old" in coloured
    assert "\x1b[32m+ new" in coloured


def test_what_differs_is_a_table_and_long_values_are_cut_unless_verbose() -> None:
    long = "x" * 61
    record: dict[str, Json] = {
        "differences": [
            {"topic": "model", "name": "lvlm: revision", "before": "abc", "after": long},
            {"topic": "commit", "name": "git_commit", "before": "–", "after": "y" * 60},
        ]
    }
    (brief,) = circumstances(record, verbose=False)
    assert isinstance(brief, Table)
    assert brief.title == "What differs"
    assert lines(brief) == [
        f"model | lvlm: revision | abc | {'x' * 57}...",
        f"commit | git_commit | – | {'y' * 60}",
    ]
    (verbose,) = circumstances(record, verbose=True)
    assert isinstance(verbose, Table)
    assert lines(verbose)[0] == f"model | lvlm: revision | abc | {long}"


def test_where_nothing_differs_a_sentence_says_so_and_another_threshold_is_told() -> None:
    record: dict[str, Json] = {
        "thresholds": [
            {"dataset": "parts", "model": "glass", "protocol": None, "before": "max", "after": "p90"}
        ]
    }
    assert circumstances(record, verbose=False) == [
        Paragraph("Nothing that the runs tell of their circumstances differs."),
        Paragraph(
            "glass on parts: the best threshold was max and is p90 now; both runs are judged by one and "
            "the same here."
        ),
    ]


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (0, []),
        (
            1,
            [
                "1 case was not run: nothing that decides the answers changed. What was stored counts.",
            ],
        ),
        (2, ["2 cases were not run: nothing that decides the answers changed. What was stored counts."]),
    ],
)
def test_untouched_cases_are_counted(count: int, told: list[str]) -> None:
    assert untouched({"untouched": [{}] * count}) == [Paragraph(text) for text in told]


def _missing(side: str, reason: str, view: str, views: int, class_name: str = "bolt") -> Json:
    place: dict[str, Json] = {
        "dataset": "parts",
        "class_name": class_name,
        "model": "lvlm",
        "protocol": "oneshot",
    }
    return {**place, "perturbation": view, "side": side, "reason": reason, "views": views}


def test_what_is_missing_is_summed_over_views_unless_verbose() -> None:
    record: dict[str, Json] = {
        "missing": [
            _missing("after", "not run", "original", 700),
            _missing("after", "not run", "rotated", 500),
            _missing("before", "no such photograph", "original", 2),
            _missing("both", "other truth", "original", 3),
            _missing("both", "other photograph", "original", 4, "nut"),
            _missing("after", "not observed", "original", 5, "nut"),
        ]
    }
    who = "lvlm (oneshot)"
    assert lines(missing_table(record, verbose=False)) == [
        f"{who} | parts/bolt | missing after | the case was not run | 1,200",
        f"{who} | parts/bolt | missing before | no such photograph there | 2",
        f"{who} | parts/bolt | not the same | called good or bad otherwise | 3",
        f"{who} | parts/nut | missing after | failed or not reached | 5",
        f"{who} | parts/nut | not the same | another file under the same name | 4",
    ]
    verbose = lines(missing_table(record, verbose=True))
    assert len(verbose) == 6
    assert verbose[0] == f"{who} | parts/bolt | original | missing after | the case was not run | 700"
    assert missing_table({}, verbose=True) is None


@pytest.mark.parametrize(
    ("side", "told"),
    [
        ({"verdict": "normal", "score": None, "answer": None}, "normal"),
        ({"verdict": "normal", "score": 0.123456, "answer": None}, "normal (0.123)"),
        ({"verdict": "unreadable", "score": None, "answer": "Hm.\n Well."}, "unreadable: Hm. Well."),
        ({"verdict": "anomalous", "score": 0.5, "answer": "y" * 60}, f"anomalous (0.5): {'y' * 60}"),
        ({"verdict": "anomalous", "score": 0.5, "answer": "y" * 61}, f"anomalous (0.5): {'y' * 57}..."),
    ],
)
def test_what_a_side_said_is_its_verdict_score_and_answer(side: dict[str, Json], told: str) -> None:
    assert said(side) == told


def _flip(number: int, model: str = "lvlm") -> dict[str, Json]:
    side: dict[str, Json] = {"verdict": "normal", "score": None, "answer": None}
    return {
        "model": model,
        "protocol": None,
        "sample": f"parts/bolt/{number}",
        "perturbation": "original",
        "before": {**side, "verdict": "anomalous"},
        "after": side,
    }


def test_the_first_flips_are_shown_and_the_rest_counted() -> None:
    table = flips_table([_flip(number) for number in range(1005)], "newly wrong", 2)
    assert table is not None
    assert lines(table) == [f"parts/bolt/{number} | original | anomalous | normal" for number in (0, 1)]
    assert table.notes == ("... and 1,003 more: see comparison.json and report.html.",)
    assert flips_table([], "newly wrong") is None


def test_flips_name_the_model_where_there_are_several() -> None:
    table = flips_table([_flip(0), _flip(0, "glass")], "newly wrong")
    assert lines(table)[1] == "glass | parts/bolt/0 | original | anomalous | normal"
    assert table is not None
    assert table.notes == ()


@pytest.mark.parametrize(
    ("p", "told"),
    [
        (None, "–"),
        (0.0, "< 0.001"),
        (0.00099, "< 0.001"),
        (0.001, "0.001"),
        (0.0494, "0.049"),
        (0.48, "0.48"),
        (0.994, "0.99"),
        (0.995, "1"),
        (1.0, "1"),
    ],
)
def test_a_p_value_has_the_digits_that_matter(p: float | None, told: str) -> None:
    assert p_value(p) == told
