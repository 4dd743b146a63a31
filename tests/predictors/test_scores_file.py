"""Scores from a file: what is read, what is refused and how, and that nothing but its rows decides."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from iad_eval.errors import IadError, ModelError, UsageError
from iad_eval.predictors import Calibrated, Individual, ModelContext, Predictor, Reply, model_entry
from iad_eval.predictors.scores_format import read_scores
from iad_eval.views import View
from iad_eval.words import GOOD, ClassSamples, Sample

SHOWN = Image.new("RGB", (2, 2))
HEADER = "sample,perturbation,score"


def one(class_name: str, split: str, defect: str, number: int) -> Sample:
    path = Path(class_name) / split / defect / f"{number:03d}.png"
    assert split in ("train", "test")
    return Sample(
        "parts", class_name, "train" if split == "train" else "test", defect, path.stem, defect != GOOD, path
    )


def siblings_of(class_name: str) -> ClassSamples:
    def few(split: str, defect: str) -> tuple[Sample, ...]:
        return tuple(one(class_name, split, defect, number) for number in range(3))

    return ClassSamples(few("train", GOOD), (*few("test", "bent"), *few("test", GOOD)))


CUP, LID = siblings_of("cup"), siblings_of("lid")


def lines_of(*classes: ClassSamples, perturbations: Sequence[str] = ("original",)) -> list[str]:
    """A whole file: the n-th row has the score n / 10."""
    rows = [f"{sample.id},original" for siblings in classes for sample in siblings.train]
    rows += [
        f"{sample.id},{name}" for siblings in classes for name in perturbations for sample in siblings.test
    ]
    return [HEADER, *(f"{row},{number / 10}" for number, row in enumerate(rows))]


def opened(path: Path, lines: Sequence[str] | bytes) -> Predictor:
    path.write_bytes(lines if isinstance(lines, bytes) else "\n".join(lines).encode())

    def read(path: Path) -> Image.Image:
        raise AssertionError(f"somebody looked at {path}")

    name = f"scores:{path}"
    context = ModelContext(path.parent, 0, Path.as_posix, read)
    return model_entry(name).open(name, context)


def replies(model: Predictor, siblings: ClassSamples, perturbation: str = "original") -> list[Reply]:
    views = [
        View(sample, siblings, perturbation, None, sample.id, SHOWN, None, None, None)
        for sample in siblings.test
    ]
    said = list(model.predict(iter(views)))
    assert [reply.view for reply in said] == views
    return said


def scores(model: Predictor, siblings: ClassSamples, perturbation: str = "original") -> list[float | None]:
    return [reply.score for reply in replies(model, siblings, perturbation)]


def trained(model: Predictor, siblings: ClassSamples) -> tuple[float, ...] | None:
    calibration = model.calibration(siblings, None)
    assert calibration is None or calibration.taken == "file"
    return None if calibration is None else calibration.scores


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "scores.csv"


def test_every_view_and_training_photograph_gets_its_rows_score_whatever_the_order(path: Path) -> None:
    header, *rows = lines_of(CUP, LID, perturbations=("original", "rotated"))
    for lines in ([header, *rows], [header, *rows[::-1]]):
        model = opened(path, lines)
        assert trained(model, CUP) == (0.0, 0.1, 0.2)
        assert trained(model, LID) == (0.3, 0.4, 0.5)
        assert scores(model, CUP) == [0.6, 0.7, 0.8, 0.9, 1.0, 1.1]
        assert scores(model, LID, "rotated") == [2.4, 2.5, 2.6, 2.7, 2.8, 2.9]
        model.close()
        model.close()


@pytest.mark.parametrize(
    "spelled",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace(",", ";").encode(),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\n\n").encode() + b"\n,,\n",
        lambda text: text.replace(",", " , ").encode(),
        lambda text: text.replace("\n", ",\n").encode(),
        lambda text: text.replace(",original", ",").encode(),
        lambda text: text.replace("0.6", "6e-1").encode(),
    ],
    ids=["bom", "semicolons", "crlf", "blank-lines", "blanks", "trailing", "no-perturbation", "exponent"],
)
def test_a_spelling_of_csv_that_says_the_same(path: Path, spelled: object) -> None:
    assert callable(spelled)
    model = opened(path, spelled("\n".join(lines_of(CUP))))
    assert trained(model, CUP) == (0.0, 0.1, 0.2)
    assert scores(model, CUP) == [0.3, 0.4, 0.5, 0.6, 0.7, 0.8]


def test_a_file_without_the_column_perturbation_is_about_the_photographs_as_they_are(path: Path) -> None:
    model = opened(
        path, [line.replace(",perturbation", "").replace(",original", "") for line in lines_of(CUP)]
    )
    assert scores(model, CUP) == [0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
    with pytest.raises(
        ModelError, match=r"no row of parts/cup under rotated: it has rows under original only"
    ):
        model.identity(CUP, "rotated", None)


def test_predictions_of_another_run_are_taken_as_they_are(path: Path) -> None:
    lines = [
        "sample,dataset,is_anomalous,perturbation,model,protocol,score,answer,error",
        *(
            f'{sample.id},parts,{sample.is_anomalous},original,lvlm,oneshot,{number},"Yes, a\nhole.",'
            for number, sample in enumerate(CUP.test)
        ),
        f"{LID.test[0].id},parts,True,original,lvlm,oneshot,,,it was silent",
    ]
    model = opened(path, lines)
    assert scores(model, CUP) == [0, 1, 2, 3, 4, 5]
    reply, *_ = replies(model, LID)
    assert "parts/lid/test/bent/000 (line 14: empty)" in str(reply.error)  # an answer goes over two lines


def test_families_of_perturbations_are_called_as_the_session_calls_them(path: Path) -> None:
    model = opened(path, lines_of(CUP, perturbations=("rotate:15.0", "dimmed")))
    assert scores(model, CUP, "rotate:15") == [0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
    assert scores(model, CUP, "dimmed")[0] == 0.9  # somebody's own


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "line 5: empty"),
        ("nan", "line 5: 'nan' is no finite number"),
        ("-inf", "line 5: '-inf' is no finite number"),
        ("1_0", "line 5: '1_0' is no finite number"),
        ("high", "line 5: 'high' is no number"),
        ('"0,5"', "line 5: '0,5' is no number, write 0.5"),
    ],
)
def test_a_score_that_is_none_costs_its_own_view_and_is_named_with_its_line(
    path: Path, typed: str, says: str
) -> None:
    lines = lines_of(CUP)
    lines[4] = f"{CUP.test[0].id},original,{typed}"
    model = opened(path, lines)
    model.identity(CUP, "original", None)
    assert scores(model, CUP) == [None, 0.4, 0.5, 0.6, 0.7, 0.8]
    assert f"no score for 1 of 6 photographs of parts/cup under original: {CUP.test[0].id} ({says})" in str(
        replies(model, CUP)[0].error
    )


def test_photographs_without_a_row_share_one_sentence_that_names_the_first(path: Path) -> None:
    missing = [CUP.test[number].id for number in (0, 1, 3, 4, 5)]
    model = opened(path, [line for line in lines_of(CUP) if line.partition(",")[0] not in missing])
    said = replies(model, CUP)
    assert [reply.score for reply in said] == [None, None, 0.5, None, None, None]
    (complaint,) = {reply.error for reply in said} - {None}
    assert complaint is not None
    assert "no score for 5 of 6 photographs" in complaint
    assert all(f"{name} (no row)" in complaint for name in missing[:3])
    assert "and 2 more" in complaint
    assert missing[4] not in complaint


def test_a_misspelt_name_is_named_beside_the_photograph_that_it_should_be(path: Path) -> None:
    wrong = "parts/cup/test/good/2"  # after the last one: a limited session could have it
    model = opened(path, [line.replace("parts/cup/test/good/002", wrong) for line in lines_of(CUP)])
    last = replies(model, CUP)[-1]
    assert "parts/cup/test/good/002 (no row). It has rows of others" in str(last.error)
    assert wrong in str(last.error)


def test_a_row_given_twice_is_no_score_even_where_both_agree(path: Path) -> None:
    lines = lines_of(CUP)
    model = opened(path, [*lines, lines[4], lines[2]])
    assert scores(model, CUP) == [None, 0.4, 0.5, 0.6, 0.7, 0.8]
    assert "(line 5 and line 11: given more than once)" in str(replies(model, CUP)[0].error)
    with pytest.raises(ModelError, match=r"train/good/001 \(line 3 and line 12: given more than once\)"):
        model.calibration(CUP, None)


def test_a_photograph_that_the_dataset_does_not_have_refuses_its_class_alone(path: Path) -> None:
    strange = ["parts/cup/test/bent/000b,original,1", "parts/cup/test/good/0000,original,1"]
    model = opened(path, [*lines_of(CUP, LID), *strange])
    with pytest.raises(
        ModelError, match=r"2 photographs \(original\) that the dataset does not have"
    ) as raised:
        model.identity(CUP, "original", None)
    assert "parts/cup/test/bent/000b (line 20), parts/cup/test/good/0000 (line 21)" in str(raised.value)
    assert {reply.error for reply in replies(model, CUP)} == {str(raised.value)}
    model.identity(LID, "original", None)


def test_a_kind_of_photograph_that_the_dataset_does_not_have_is_unknown(path: Path) -> None:
    bent = ClassSamples(CUP.train, CUP.test[:3])
    model = opened(path, lines_of(CUP))
    with pytest.raises(ModelError, match="3 photographs"):
        model.identity(bent, "original", None)


@pytest.mark.parametrize("count", [1, 2])
def test_a_limited_session_asks_about_fewer_photographs_than_the_file_has(path: Path, count: int) -> None:
    lines = lines_of(CUP)
    model = opened(path, lines)
    whole, limited = (model.identity(of, "original", None) for of in (CUP, CUP.limited(count)))
    assert whole == limited  # what a limited session was told holds for the whole one
    assert all(reply.error is None for reply in replies(model, CUP.limited(count)))
    assert trained(model, CUP.limited(count)) == (0.0, 0.1, 0.2)
    stranger = opened(path, [*lines, "parts/cup/test/bent/-1,original,1"])
    with pytest.raises(ModelError, match="parts/cup/test/bent/-1"):
        stranger.identity(CUP.limited(count), "original", None)


def test_a_class_of_another_name_is_told_what_the_file_has(path: Path) -> None:
    model = opened(path, [line.replace("parts/", "line3/") for line in lines_of(CUP, LID)])
    with pytest.raises(
        ModelError, match=r"no row of parts/cup; it has rows of line3/cup, line3/lid\."
    ) as raised:
        model.identity(CUP, "original", None)
    assert "--iad-dataset NAME=KIND:PATH" in str(raised.value)


def test_a_class_of_training_rows_only_has_no_views(path: Path) -> None:
    model = opened(path, lines_of(CUP)[:4])
    with pytest.raises(ModelError, match="it has rows of training photographs only"):
        model.identity(CUP, "original", None)


def test_identities_follow_their_own_row(path: Path) -> None:
    lines = lines_of(CUP, LID, perturbations=("original", "rotated"))

    def identities(changed: Sequence[str]) -> list[object]:
        model = opened(path, changed)
        assert isinstance(model, Calibrated)
        assert isinstance(model, Individual)
        found: list[object] = [
            {**model.identity(siblings, name, None), **model.individual_identity(sample, name), "view": name}
            for siblings in (CUP, LID)
            for name in ("original", "rotated")
            for sample in siblings.test
        ]
        return [*found, *(model.calibration_identity(siblings, None) for siblings in (CUP, LID))]

    before = identities(lines)
    assert all(before.count(identity) == 1 for identity in before)
    cup, lid = len(CUP.test), len(LID.test)
    places = {
        **{f"{sample.id},original": place for place, sample in enumerate(CUP.test)},
        **{f"{sample.id},rotated": cup + place for place, sample in enumerate(CUP.test)},
        **{f"{sample.id},original": 2 * cup + place for place, sample in enumerate(LID.test)},
        **{f"{sample.id},rotated": 2 * cup + lid + place for place, sample in enumerate(LID.test)},
        "parts/cup/train/good/001,original": 2 * cup + 2 * lid,
        "parts/lid/train/good/001,original": 2 * cup + 2 * lid + 1,
    }

    def changes(number: int, text: str) -> list[int]:
        now = identities([*lines[:number], text, *lines[number + 1 :]])
        return [place for place, pair in enumerate(zip(before, now, strict=True)) if pair[0] != pair[1]]

    rows = {line.rpartition(",")[0]: number for number, line in enumerate(lines)}
    for row, place in places.items():
        assert changes(rows[row], f"{row},77") == [place]
        assert changes(rows[row], f"{row},") == [place]
        assert changes(rows[row], "") == [place]
    assert identities([lines[0], *lines[:0:-1]]) == before  # the order of rows is none of it


@given(st.dictionaries(st.sampled_from([s.id for s in CUP.test]), st.floats(allow_nan=True), min_size=1))
@settings(max_examples=60, deadline=None)
def test_what_is_finite_is_a_score_to_its_last_digit_and_the_rest_is_an_error(
    tmp_path_factory: pytest.TempPathFactory, given_scores: dict[str, float]
) -> None:
    path = tmp_path_factory.mktemp("scores") / "some.csv"
    model = opened(path, [HEADER, *(f"{name},,{score!r}" for name, score in given_scores.items())])
    for reply in replies(model, CUP):
        wanted = given_scores.get(reply.view.sample.id)
        is_one = wanted is not None and abs(wanted) < float("inf")
        assert (reply.score == wanted and reply.error is None) if is_one else reply.error is not None
        assert is_one or reply.score is None


def test_without_training_scores_there_is_no_calibration_and_one_warning_says_how_to_get_it(
    path: Path,
) -> None:
    model = opened(path, [line for line in lines_of(CUP, LID) if "/train/" not in line])
    with pytest.warns(
        UserWarning, match=r"no training scores of parts/cup, parts/lid: .* thresholds"
    ) as told:
        assert trained(model, CUP) is None
    assert "parts/cup/train/good/000" in str(told[0].message)
    assert "export-scores" in str(told[0].message)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert trained(model, LID) is None


def test_training_scores_that_nobody_filled_in_are_absent(path: Path) -> None:
    lines = lines_of(CUP)
    lines[1:4] = [f"{sample.id},original," for sample in CUP.train]
    with pytest.warns(UserWarning, match="no training scores of parts/cup"):
        assert trained(opened(path, lines), CUP) is None


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (
            {2: ""},
            r"no score for 1 of 3 training photographs of parts/cup: parts/cup/train/good/001 \(no row\)",
        ),
        ({2: "parts/cup/train/good/001,,"}, r"parts/cup/train/good/001 \(line 3: empty\)"),
        ({2: "parts/cup/train/good/001,,inf"}, r"\(line 3: 'inf' is no finite number\)"),
        ({1: "parts/cup/train/good/009,,1"}, r"good/000 \(no row\).*others.*parts/cup/train/good/009"),
        (
            {0: f"{HEADER}\nparts/cup/train/good/009,,1"},
            r"1 training photograph that the dataset does not have",
        ),
        ({0: f"{HEADER}\nparts/cup/train,,1"}, r"both with the photograph's name .* and without it"),
    ],
)
def test_training_scores_that_are_not_whole_are_an_error_and_the_views_keep_theirs(
    path: Path, changed: Mapping[int, str], says: str
) -> None:
    model = opened(path, [changed.get(number, line) for number, line in enumerate(lines_of(CUP))])
    with pytest.raises(ModelError, match=says):
        model.calibration(CUP, None)
    assert all(reply.error is None for reply in replies(model, CUP))
    assert isinstance(model, Calibrated)
    model.calibration_identity(CUP, None)


def test_training_scores_may_go_without_names(path: Path) -> None:
    lines = [HEADER, "parts/cup/train,original,3", "parts/cup/train,,1", *lines_of(CUP)[4:]]
    assert trained(opened(path, lines), CUP) == (3.0, 1.0)
    with pytest.raises(ModelError, match=r"for 1 of 3 training .* parts/cup/train \(line 4: empty\)"):
        opened(path, [*lines[:3], "parts/cup/train,,", *lines[3:]]).calibration(CUP, None)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([], r"has no column 'sample' and no column 'score'; its columns are none"),
        (["name,score", "a,1"], r"has no column 'sample'; its columns are 'name', 'score'"),
        (["sample,value", "a,1"], r"no column 'score'; .* sample,perturbation,score"),
        (["sample,score,score", "a,1,2"], r"two columns 'score'; keep one"),
        ([HEADER], r"no row but its header"),
        ([HEADER, "000.png,,1", "", "x,,1"], r"2 rows that cannot be used: line 2: '000.png' .* line 4: 'x'"),
        (
            ["sample,score", "parts/cup/test/good/000,0,5"],
            r"line 2: 3 cells under 2 columns; .* decimal point",
        ),
        ([HEADER, "parts/cup/test/good/000"], r"line 2: 1 cells under 3 columns"),
        ([HEADER, 'parts/cup/test/good/000,,"1'], r"line 2: .*does not read as CSV"),
        ([HEADER, "parts/cup/train/good/000,rotated,1"], r"line 2: a training photograph under 'rotated'"),
        (
            ["model,sample,score", *(f"{name},parts/cup/test/good/000,1" for name in ("glass", "", "uniad"))],
            r"rows of 2 models \(glass, uniad\) in its column 'model'.*export-scores --from RUN --model NAME",
        ),
        (
            ["protocol,sample,score", *(f"{name},parts/cup/test/good/000,1" for name in ("a", "b"))],
            r"rows of 2 protocols \(a, b\)",
        ),
    ],
)
def test_a_file_of_another_form_is_refused_with_its_name_and_line(
    path: Path, lines: list[str], says: str
) -> None:
    model = opened(path, lines)
    with pytest.raises(UsageError, match=says) as raised:
        model.describe()
    assert str(raised.value).startswith(f"{path}")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("sample,score\nparts/café,1".encode("cp1252"), r"scores.csv, line 2: this is no UTF-8 text"),
        ("sample,score\n".encode("utf-16"), r"scores.csv, line 1: this is no UTF-8 text; .* CSV in UTF-8"),
        (b"sample,score\n\x00,1", r"cannot be used|does not read as CSV"),
    ],
)
def test_a_file_of_other_bytes_is_refused(path: Path, content: bytes, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        opened(path, content).describe()


def test_a_file_that_is_not_there_is_named_as_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    context = ModelContext(tmp_path, 0, str, Image.open)
    for typed, why in (("out/uniad.csv", "No such file"), ("folder", "Is a directory")):
        name = f"scores:{typed}"
        model = model_entry(name).open(name, context)
        assert model.name == name
        with pytest.raises(UsageError, match=f"cannot read {typed}: {why}.* folder in which the command"):
            model.describe()


def test_a_relative_path_starts_where_the_model_was_opened(
    tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_text("\n".join(lines_of(CUP)))
    monkeypatch.chdir(tmp_path)
    name = "scores:scores.csv"
    model = model_entry(name).open(name, ModelContext(tmp_path, 0, str, Image.open))
    monkeypatch.chdir(tmp_path.parent)
    assert model.describe() == {"kind": "scores from a file", "file": "scores.csv"}
    assert trained(model, CUP) == (0.0, 0.1, 0.2)


def test_parquet_without_pyarrow_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(ModelError, match=r"needs pyarrow: type pip install 'iad-eval\[parquet\]', or .* CSV"):
        opened(tmp_path / "scores.parquet", b"PAR1").describe()


def test_parquet_says_the_same_as_csv(tmp_path: Path, path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    lines = [*lines_of(CUP, LID)[1:], f"{LID.test[0].id},original,nan", f"{LID.test[1].id},rotated,nan"]
    cells = [line.split(",") for line in lines]
    columns: dict[str, list[object]] = {
        "sample": [row[0] for row in cells],
        "perturbation": [None if row[1] == "original" else row[1] for row in cells],
        "score": [float(row[2]) for row in cells],
        "logits": [[1.0, 2.0] for _ in cells],
    }
    file = tmp_path / "scores.parquet"
    parquet.write_table(pyarrow.table(columns), file)
    there, here = read_scores(file, "a"), read_scores(_written(path, [HEADER, *lines]), "b")
    assert there.keys() == here.keys()
    for place, entries in there.items():
        assert entries.train.keys() == here[place].train.keys()
        for name, rows in entries.test.items():
            twins = {sample: (entry.score, entry.trouble) for sample, entry in here[place].test[name].items()}
            assert {sample: (entry.score, entry.trouble) for sample, entry in rows.items()} == twins
    assert there["parts", "lid"].test["rotated"][LID.test[1].id].place == "row 20"
    for lacking in ({"name": ["a"]}, {"sample": ["a"]}):
        parquet.write_table(pyarrow.table(lacking), file)
        with pytest.raises(UsageError, match="no column 'score'"):
            read_scores(file, "a")
    with pytest.raises(UsageError, match=r"cannot read a as Parquet: "):
        read_scores(_written(tmp_path / "text.parquet", lines), "a")
    with pytest.raises(IadError, match=r"cannot read a as Parquet: "):
        read_scores(tmp_path / "nowhere.parquet", "a")


def _written(path: Path, lines: Sequence[str]) -> Path:
    path.write_text("\n".join(lines))
    return path
