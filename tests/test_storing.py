"""A stored run's file: what it looks like, that it gives back what was written, what becomes of a bad one."""

from __future__ import annotations

import gzip
import json
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import made_by_hand
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from observing import view_of

from iad_eval.errors import UsageError
from iad_eval.judging import Judged
from iad_eval.run import PlannedCase, RunDirectory, RunWriter, entries
from iad_eval.stored import StoredRun
from iad_eval.storing import opened, read, stored_run, text_of, write
from iad_eval.storing.answers import names
from iad_eval.words import Case, Json, Observation, TrainingScores

LVLM: dict[str, Any] = {"model": "qwen", "protocol": "oneshot"}
SEEN = {"image_digest": "0123456789abcdef", "key": "k"}


def small() -> StoredRun:
    """Three bolts; a detector with thresholds 10, 9 and 8, and an LVLM that fails once."""
    training = [
        TrainingScores("parts", "bolt", "glass", None, tuple(map(float, range(11))), "in-sample", "k")
    ]
    said = [
        view_of("parts/bolt", 0, False, score=1.0, **SEEN),
        view_of("parts/bolt", 1, True, score=8.5, **SEEN),
        view_of("parts/bolt", 2, True, score=10.1234567891, **SEEN),
        view_of("parts/bolt", 2, True, "rotated", score=0.5, **SEEN),
        view_of("parts/bolt", 0, False, answer="No.", **LVLM, **SEEN),
        view_of("parts/bolt", 1, True, answer="Hm\x1b.", **LVLM, **SEEN),
        view_of("parts/bolt", 2, True, error="timeout", **LVLM, **SEEN),
    ]
    planned = [
        PlannedCase(Case("glass", "parts", "bolt", "original"), 3),
        PlannedCase(Case("glass", "parts", "bolt", "rotated"), 1),
        PlannedCase(Case("qwen", "parts", "bolt", "original", "oneshot"), 3),
    ]
    prompts: Json = {"oneshot": {"Any anomaly\N{PILE OF POO}?": ["parts/bolt/original"]}}
    return stored_run("small", said, training, {"seed": 0, "prompts": prompts}, planned)


SMALL = r"""{
"iad_eval stored run": {"format":1,"made by":"python -m iad_eval store RUN -o FILE"},
"circumstances": {
 "engines": {},
 "prompts": {
  "oneshot": {
   "Any anomaly💩?": [
    "parts/bolt/original"
   ]
  }
 },
 "seed": 0
},
"planned": [
["parts","bolt","glass",null,{"original":3,"rotated":1}],
["parts","bolt","qwen","oneshot",{"original":3}]
],
"answers_cut_at": null,
"classes": [
{"dataset": "parts", "class_name": "bolt", "folder": "parts/bolt/test/",
"photographs": [
["bent/001","bent",true,"01234567"],
["bent/002","bent",true,"01234567"],
["good/000","good",false,"01234567"]
],
"askers": [
{"model": "glass", "protocol": null,
"cases": [
{"perturbation":"original","thresholds":["max","p90","p80"],"values":{"max":10.0,"p90":9.0,"p80":8.0},"has":["scores"],"unreadable":0,"lenient":0,"failed":0,"key":"928a427a4c93b7e5"},
{"perturbation":"rotated","thresholds":["max","p90","p80"],"values":{"max":10.0,"p90":9.0,"p80":8.0},"has":["scores"],"unreadable":0,"lenient":0,"failed":0,"key":"38c074aacc9e5964"}
],
"answers": {},
"said": [
["bent/001","nna -",[8.5],[]],
["bent/002","aaa nnn",[10.1234568,0.5],[]],
["good/000","nnn -",[1.0],[]]
]},
{"model": "qwen", "protocol": "oneshot",
"cases": [
{"perturbation":"original","thresholds":["answer"],"values":{},"has":["answers"],"unreadable":1,"lenient":0,"failed":1,"key":"4fe721c27f46f57f"}
],
"answers": {
"3817": "No.",
"77eb": "Hm\u001b."
},
"said": [
["bent/001","u",[],["77eb"]],
["good/000","n",[],["3817"]]
]}
]}
]
}
"""


def plain(stored: StoredRun) -> list[object]:
    """All that a file keeps, comparable; a run's name is its path."""
    return [
        stored.circumstances,
        list(stored.planned),
        stored.answers_cut_at,
        [
            (
                each.judged.dataset,
                each.judged.class_name,
                list(each.judged.samples),
                list(each.judged.defects),
                each.judged.is_anomalous.tolist(),
                [_plain_case(case) for case in each.judged.judged],
                list(each.digests),
                {place: list(answers) for place, answers in each.answers.items()},
                each.keys,
            )
            for each in stored.classes
        ],
    ]


def _plain_case(case: Judged) -> list[object]:
    return [
        (case.asker, case.perturbation, case.values, case.unreadable, case.lenient, case.failed),
        (case.photographs.tolist(), case.photographs.dtype, case.is_anomalous.tolist()),
        None if case.scores is None else (case.scores.tolist(), case.scores.dtype),
        {name: (calls.tolist(), calls.dtype) for name, calls in case.calls.items()},
        {name: (correct.tolist(), correct.dtype) for name, correct in case.correct.items()},
    ]


def reread(text: str, name: str = "stored.json") -> StoredRun:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(text.encode("utf-8"))
        return read(path)


def test_the_file_shows_prompts_first_and_then_a_line_for_each_photograph() -> None:
    assert text_of(small()) == SMALL


def test_masks_are_not_kept() -> None:
    original = reread(SMALL).classes[0].judged.judged[0]
    assert np.isnan(original.mask_fractions).tolist() == [True, True, True]


def test_a_verdict_that_changes_changes_one_line() -> None:
    before = made_by_hand.observations()
    changed = [
        replace(each, answer="Yes, a dent.")
        if (each.sample, each.perturbation, each.protocol)
        == ("parts/bolt/test/good/002", "padded", "oneshot")
        else each
        for each in before
    ]
    texts = [text_of(stored_run("run", said, made_by_hand.training(), {}, [])) for said in (before, changed)]
    old, new = (text.splitlines() for text in texts)
    assert len(new) == len(old)
    told = [pair for pair in zip(old, new, strict=True) if pair[0] != pair[1]]
    assert [[line.split(",[")[0] for line in pair] for pair in told] == [
        ['["good/002","n n n n"', '["good/002","n a n n"']
    ]


SIGNS = st.one_of(st.characters(), st.sampled_from('\x1b\udc80\udcff\u202e\u200d\u0301/\\"\n\u2028'))
TEXTS = st.text(SIGNS, max_size=6)
SCORES = st.floats(allow_nan=False, allow_infinity=False, width=32)
JSONS: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(TEXTS, inside, max_size=3),
    max_leaves=6,
)


@st.composite
def runs(draw: st.DrawFn) -> StoredRun:
    """Runs of odd names in which any view may lack a score, an answer, or both."""
    askers = draw(st.lists(st.tuples(TEXTS, st.none() | TEXTS.filter(bool)), max_size=3, unique=True))
    views = draw(st.lists(TEXTS, min_size=1, max_size=3, unique=True))
    said: list[Observation] = []
    training: list[TrainingScores] = []
    for dataset, class_name in draw(st.lists(st.tuples(TEXTS, TEXTS), max_size=3, unique=True)):
        samples = draw(st.dictionaries(TEXTS, st.tuples(TEXTS, st.booleans(), TEXTS), max_size=4))
        for model, protocol in askers:
            scores = tuple(draw(st.lists(SCORES, max_size=3)))
            training.append(TrainingScores(dataset, class_name, model, protocol, scores, "in-sample", "k"))
            for view in views:
                has = draw(st.sampled_from(["score", "answer", "both", "some"]))
                for sample, (defect, is_anomalous, digest) in samples.items():
                    score = draw(SCORES) if has in ("score", "both") or draw(st.booleans()) else None
                    answer = draw(TEXTS) if has in ("answer", "both") or draw(st.booleans()) else None
                    said.append(
                        Observation(
                            *(sample, dataset, class_name, defect, is_anomalous, view, model, protocol),
                            score=score,
                            answer=answer,
                            latency_s=None,
                            error=draw(st.sampled_from([None, None, "timeout"])),
                            mask_fraction=None,
                            key=draw(TEXTS),
                            image_digest=digest,
                        )
                    )
    cases = {
        Case(each.model, each.dataset, each.class_name, each.perturbation, each.protocol) for each in said
    }
    planned = [PlannedCase(case, draw(st.integers(0, 9))) for case in cases]
    return stored_run("run", said, training, {"seed": 0, "hardware": draw(JSONS)}, planned)


@given(runs())
def test_what_was_stored_is_read_and_what_was_read_is_stored_again(stored: StoredRun) -> None:
    text = text_of(stored, answer_bytes=1000)
    again = reread(text)
    assert plain(again) == plain(stored)
    assert text_of(again, answer_bytes=1000) == text
    assert all(line.isprintable() for line in text.split("\n"))


def answered(*answers: str) -> StoredRun:
    said = [view_of("parts/bolt", stem, True, answer=answer, **LVLM) for stem, answer in enumerate(answers)]
    return stored_run("run", said, [], {}, [])


def answers_in(text: str) -> Sequence[str]:
    (answers,) = reread(text).classes[0].answers.values()
    return answers


@pytest.mark.parametrize(
    ("lengths", "cut_at", "kept"),
    [
        ((80, 80), None, (80, 80)),
        ((83, 78), 80, (80, 78)),  # 161 bytes are one too many; 80 characters with an ellipsis are 82 bytes
        ((1001, 4), 150, (150, 4)),
        ((81,), 60, (60,)),
    ],
)
def test_answers_are_cut_at_the_longest_step_with_which_they_take_80_bytes_a_view(
    lengths: tuple[int, ...], cut_at: int | None, kept: tuple[int, ...]
) -> None:
    stored = answered(*("No" + "abcd"[at] * (length - 2) for at, length in enumerate(lengths)))
    text = text_of(stored, answer_bytes=80)
    assert reread(text).answers_cut_at == cut_at
    assert tuple(map(len, answers_in(text))) == kept
    assert text_of(reread(text), answer_bytes=80) == text


def test_an_answer_that_many_views_share_is_paid_for_once() -> None:
    long = "No, " + "fine " * 60
    text = text_of(answered(*[long] * 5))
    assert text.count(long) == 1
    assert list(answers_in(text)) == [long] * 5


@pytest.mark.parametrize(
    ("answer", "cut_at_40"),
    [
        ("a" * 38 + "bcd" * 30, "a" * 38 + "b…"),
        ("a" * 38 + "e\u0301\u0302" * 30, "a" * 38 + "…"),
        ("a" * 38 + "\U0001f469\u200d" * 30, "a" * 38 + "…"),
        ("a" * 38 + "\U0001f600" * 30, "a" * 38 + "\U0001f600…"),
        ("a" * 38 + "\udc80" * 30, "a" * 38 + "\udc80…"),
        ("\u0301" * 100, "…"),
    ],
)
def test_an_answer_is_not_cut_between_a_letter_and_its_accent(answer: str, cut_at_40: str) -> None:
    text = text_of(answered(answer), answer_bytes=1)
    assert list(answers_in(text)) == [cut_at_40]
    assert text_of(reread(text), answer_bytes=1) == text


def test_a_name_grows_only_where_two_answers_would_share_it() -> None:
    alone = names(["No 65.", "No.", "No."])
    assert alone == {"No 65.": "9a8c", "No.": "3817"}
    # their digests begin with 9a8c20 and 9a8c2a
    assert names(["No 65.", "No.", "No 179."]) == {"No 65.": "9a8c20", "No 179.": "9a8c2a", "No.": "3817"}


def test_a_compressed_file_is_the_same_bytes_and_is_read_under_any_name(tmp_path: Path) -> None:
    for name in ("one.json.gz", "other.JSON.GZ"):
        write(small(), tmp_path / name)
    packed = (tmp_path / "one.json.gz").read_bytes()
    assert packed == (tmp_path / "other.JSON.GZ").read_bytes()
    assert packed[:10] == bytes(
        [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 2, 255]
    )  # no name, no time, best, unknown system
    (tmp_path / "renamed.json").write_bytes(packed)
    assert plain(read(tmp_path / "renamed.json")) == plain(small())
    assert gzip.decompress(packed).decode() == SMALL


def test_a_file_is_written_with_its_folder_and_replaces_another(tmp_path: Path) -> None:
    path = tmp_path / "new" / "baseline.json"
    write(answered("No."), path)
    write(small(), path)
    assert path.read_bytes().decode() == SMALL
    assert [each.name for each in path.parent.iterdir()] == ["baseline.json"]


def test_what_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file" / "baseline.json", Path(), tmp_path / "a\0b"):
        with pytest.raises(UsageError, match=r"cannot write .*choose another file with -o FILE"):
            write(small(), path)
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("score", [float("nan"), float("inf")])
def test_a_score_that_is_no_number_is_not_stored(score: float) -> None:
    stored = stored_run("run", [view_of("parts/bolt", 0, True, score=score)], [], {}, [])
    with pytest.raises(UsageError, match=r"run cannot be stored: glass has .*\(parts/bolt, original\)"):
        text_of(stored)


def test_a_run_and_its_stored_file_are_opened_as_equals(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "run")
    pen = RunWriter(run, "main")
    for observation in made_by_hand.observations():
        pen.observe(observation)
    for scores in made_by_hand.training():
        pen.calibrate(scores)
    pen.close()
    planned = [PlannedCase(Case("lvlm", "parts", "bolt", "original", "oneshot"), 12)]
    run.write_manifest({"seed": 0, "cases": entries(planned)})
    write(opened(run.path), tmp_path / "baseline.json")
    stored = opened(tmp_path / "baseline.json")
    assert plain(stored) == plain(opened(run.path))
    assert (stored.name, opened(run.path).name) == (str(tmp_path / "baseline.json"), str(run.path))
    assert stored.planned == planned


def test_a_large_run_takes_less_than_60_bytes_a_view() -> None:
    said = [
        view_of("parts/bolt", stem, stem > 200, view, **asked, image_digest=f"{stem * 7919**3:032x}"[::-1])
        for stem in range(400)
        for view in ("original", "rotated", "padded", "timestamp")
        for asked in (
            {"score": (stem * 0.6180339887498949) % 1 + len(view) * 0.01},
            {**LVLM, "score": (stem * 0.414) % 1, "answer": f"No, {stem} {view} " + f"{stem**9:b}" * 3},
        )
    ]
    text = text_of(stored_run("run", said, [], {}, []))
    assert len(zlib.compress(text.encode(), 9)) < 60 * len(said)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is no stored run, or damaged"),
        (b"sample,dataset\n", "is no stored run, or damaged"),
        (b"\xff\xfe", "is no stored run, or damaged"),
        (b"\x1f\x8bnot really", "is damaged: Unknown compression method"),
        (b"[" * 100_000, "is no stored run, or damaged"),
        (
            b"[]",
            "is JSON, but no stored run. Give a run directory or a file made by: python -m iad_eval store",
        ),
        (
            b'{"rows": [], "drops": [], "completeness": {}}',
            "is the summary.json of a run: give the run's directory",
        ),
        (b'{"cases": [], "sessions": []}', "is the manifest.json of a run: give the run's directory"),
        (b'{"iad_eval stored run": {"format": 2}}', r"newer iad_eval \(format 2; this one reads 1\): update"),
        (b'{"iad_eval stored run": 1}', "is damaged: 1 is not an object. Take it anew"),
        (b'{"iad_eval stored run": {"format": 1}}', "is damaged: there is no 'classes'"),
        (b'{\n<<<<<<< HEAD\n"iad_eval stored run": {}', "two versions that git could not merge: take one"),
        (SMALL.replace("nna -", "nnx -").encode(), "'nnx' is not a verdict at 3 thresholds"),
        (SMALL.replace("nna -", "nn -").encode(), "'nn' is not a verdict at 3 thresholds"),
        (SMALL.replace("nna -", "nna").encode(), "a photograph has 1 verdicts for 2 cases"),
        (SMALL.replace("[8.5]", "[]").encode(), r"\[\] is not a list of 1"),
        (SMALL.replace("[8.5]", "[1e999]").encode(), "inf is not a number"),
        (SMALL.replace("[8.5]", "[NaN]").encode(), "NaN is no number"),
        (SMALL.replace('[],["3817"]', '[],["3818"]').encode(), "'3818' is not a known answer"),
        (SMALL.replace('["bent/002","bent"', '["bent/001","bent"').encode(), "a photograph is there twice"),
        (SMALL.replace('["bent/001","nna', '["good/000","nna').encode(), "'bent/002' is not where"),
        (SMALL.replace("true", '"yes"').encode(), "'yes' is not true or false"),
        (SMALL.replace('"p90","p80"]', '"p90","p70"]').encode(), "'p70' is not a known threshold"),
        (SMALL.replace('"rotated","th', '"original","th').encode(), "a case is there twice"),
        (SMALL.replace('"failed":1', '"failed":-1').encode(), "-1 is not a count"),
    ],
)
def test_what_is_no_stored_run_says_what_it_is(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "baseline.json"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=told):
        opened(path)


def test_what_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read the stored run .*No such file.* Give a run directory"):
        opened(tmp_path / "missing.json")
    with pytest.raises(UsageError, match="is not a run directory"):
        opened(tmp_path)
    with pytest.raises(UsageError, match=r"cannot read the stored run .*null"):
        opened(Path("a\0b"))


def survive(content: bytes) -> None:
    """Bytes are a run that can be stored again, or a person is told why not."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stored.json"
        path.write_bytes(content)
        try:
            run = read(path)
        except UsageError:
            return
    text = text_of(run)
    assert text_of(reread(text)) == text


@given(st.data())
def test_damaged_bytes_end_in_a_plain_message_or_in_a_run(data: st.DataObject) -> None:
    valid = SMALL.encode()
    if data.draw(st.booleans()):
        valid = gzip.compress(valid)
    content = bytearray(valid)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    survive(bytes(content))


@given(st.data())
def test_other_values_end_in_a_plain_message_or_in_a_run_that_can_be_stored(data: st.DataObject) -> None:
    whole = json.loads(SMALL)
    place: Any = whole
    while True:
        keys = list(place) if isinstance(place, dict) else range(len(place))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], (dict, list)) or not place[key] or data.draw(st.integers(0, 3)) == 0:
            break
        place = place[key]
    if data.draw(st.booleans()):
        place[key] = data.draw(JSONS)
    else:
        del place[key]
    survive(json.dumps(whole).encode())
