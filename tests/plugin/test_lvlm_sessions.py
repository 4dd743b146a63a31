"""An LVLM's answers in a session: what they come to, and what an edit asks again."""

from __future__ import annotations

import csv
import json
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from driving import WORLDS, observed, untimed
from inspector import ask, inspector, judged, likelihood, pictures_of, pixels, shows, text_of
from loopback_server import LoopbackServer, Reply, Seen, answer, openai_error
from PIL import Image

from iad_eval import judging
from iad_eval.reading import Reading, read
from iad_eval.words import Verdict

SERIAL = ("-p", "no:xdist")
ORIGINAL = (*SERIAL, "--iad-perturbation", "original")
TWO_VIEWS = (*ORIGINAL, "--iad-class", "cup", "--iad-limit", "1")

Asked = Callable[..., list[Seen]]


@pytest.fixture
def asked(pytester: pytest.Pytester, parts: Path) -> Asked:
    """Runs a session that must end well; gives what it asked a server."""

    def run(server: LoopbackServer, *options: str) -> list[Seen]:
        before = len(server.chats)
        assert ask(pytester, server.url, *options).ret == 0
        return server.chats[before:]

    return run


def _rows(latest: Callable[[str], Any], **wanted: object) -> list[dict[str, Any]]:
    rows = latest("summary.json")["rows"]
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def test_all_worlds_ask_the_same_and_write_the_same_results(pytester: pytest.Pytester, asked: Asked) -> None:
    requests, summaries = [], []
    for name, world in WORLDS.items():
        with inspector(lambda seen: replace(judged(seen), delay_s=0.1)) as server:
            seen = asked(server, "--iad-run", name, "--iad-cache", f"cache-{name}", *world)
            assert server.most_at_once > 1, name
        requests.append(Counter(json.dumps(each.body, sort_keys=True) for each in seen))
        summaries.append(untimed(pytester.path / name))
    assert requests[0] == requests[1] == requests[2]
    assert sum(requests[0].values()) == len(requests[0]) == 48
    assert summaries[0] == summaries[1] == summaries[2]
    assert len({(pytester.path / name / "predictions.csv").read_bytes() for name in WORLDS}) == 1
    shards = (pytester.path / "n2" / "observations").glob("*.jsonl")
    assert {shard.name.partition("-")[0] for shard in shards} == {"gw0", "gw1"}


def test_an_edited_sentence_asks_its_own_views_again(
    pytester: pytest.Pytester, parts: Path, asked: Asked
) -> None:
    words = pytester.path / "words.toml"
    options = (*ORIGINAL, "--iad-perturbation", "rotated", "--iad-prompts", "words.toml", "--iad-limit", "1")

    def again(sentence: str, of_turned: str) -> Counter[tuple[object, str]]:
        """How often the new texts were asked, by the reference that stood beside them."""
        words.write_text(
            f'[classes.folder.cup]\nsentence = "{sentence}"\n'
            f'[classes.folder.lid.for_perturbation]\nrotated = "{of_turned}"\n'
        )
        return Counter((pixels(pictures_of(seen)[0]), text_of(seen)) for seen in asked(server, *options))

    cup, lid = (pixels(parts / name / "train" / "good" / "000.png") for name in ("cup", "lid"))
    with inspector() as server:
        first = again("Ignore the grain.", "")
        assert sum(first.values()) == 2 * 2 * 2
        assert not again("Ignore the grain.", "")
        assert not again("Ignore  the \\n grain.", "")  # the same prompt, spelt otherwise
        other = again("Ignore the colour.", "")
        assert {place for place, _ in other} == {cup}
        assert all(text.endswith(" Ignore the colour.") for _, text in other)
        assert sum(other.values()) == 2 * 2
        turned = again("Ignore the colour.", "Ignore the angle.")
        assert {place for place, _ in turned} == {lid}
        assert all(text.endswith(" Ignore the angle.") for _, text in turned)
        assert sum(turned.values()) == 2
        assert not again("Ignore the grain.", "")  # back again: those answers are still known


def test_only_settings_that_change_an_answer_ask_again(asked: Asked) -> None:
    def number(*options: str) -> int:
        return len(asked(server, *TWO_VIEWS, *options))

    with inspector() as server:
        assert number() == 2
        assert number("--iad-seed", "1") == 2  # an answer is drawn at temperature 0.3
        assert number("--iad-lvlm", "max_num_seqs=2", "--iad-lvlm", "timeout_s=99") == 0
        assert number("--iad-lvlm", "temperature=0") == 2
        assert number("--iad-lvlm", "temperature=0", "--iad-seed", "1") == 0
        assert number("--iad-lvlm", "max_tokens=64") == 2


def test_an_edited_reader_asks_nothing(
    asked: Asked, latest: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def contrary(text: str) -> Reading:
        found = read(text)
        other: dict[Verdict, Verdict] = {"anomalous": "normal", "normal": "anomalous"}
        return replace(found, verdict=other.get(found.verdict, found.verdict))

    whole = {"class_name": None, "threshold": "answer"}
    with inspector() as server:
        asked(server, *ORIGINAL)
        (before,) = _rows(latest, **whole)
        monkeypatch.setattr(judging, "read", contrary)
        assert asked(server, *ORIGINAL) == []
    (after,) = _rows(latest, **whole)
    assert 0 < before["accuracy"] < 1
    assert after["accuracy"] == pytest.approx(1 - before["accuracy"])


def test_scores_come_from_log_probabilities(
    pytester: pytest.Pytester, parts: Path, asked: Asked, latest: Callable[[str], Any]
) -> None:
    with inspector() as server:
        asked(server, *ORIGINAL)
    photos = {
        f"folder/{path.relative_to(parts).with_suffix('')}": likelihood(Image.open(path))
        for path in parts.glob("*/test/*/*.png")
    }
    lines = observed(pytester.path / "runs" / "latest")
    assert {line["sample"]: line["score"] for line in lines} == pytest.approx(photos)
    for name in ("cup", "lid"):
        (row,) = _rows(latest, class_name=name)
        holed = [score for sample, score in photos.items() if f"{name}/test/hole" in sample]
        good = [score for sample, score in photos.items() if f"{name}/test/good" in sample]
        pairs = [(h > g) + (h == g) / 2 for h in holed for g in good]
        right = [score > 0.5 for score in holed] + [score <= 0.5 for score in good]
        assert row["threshold"] == "answer"  # without training scores there is no other
        assert row["auroc"] == pytest.approx(sum(pairs) / 9)
        assert row["accuracy"] == pytest.approx(sum(right) / 6)


def test_training_photographs_give_thresholds_where_asked_for(
    pytester: pytest.Pytester, parts: Path, asked: Asked, latest: Callable[[str], Any]
) -> None:
    good = parts / "cup" / "train" / "good"
    with inspector() as server:
        options = (*ORIGINAL, "--iad-class", "cup", "--iad-lvlm", "calibration=2")
        shown = [pixels(pictures_of(seen)[-1]) for seen in asked(server, *options)]
        assert asked(server, *options) == []
    assert len(shown) == 6 + 2
    assert shown.count(pixels(good / "001.png")) == shown.count(pixels(good / "002.png")) == 1
    limit = max(likelihood(Image.open(good / name)) for name in ("001.png", "002.png"))
    (row,) = _rows(latest, class_name="cup", threshold="max")
    photos = [(path, path.parent.name == "hole") for path in (parts / "cup" / "test").glob("*/*.png")]
    right = [(likelihood(Image.open(path)) > limit) == is_holed for path, is_holed in photos]
    assert row["accuracy"] == pytest.approx(sum(right) / 6)


def test_a_server_without_log_probabilities_is_judged_by_its_answers(
    pytester: pytest.Pytester, parts: Path, latest: Callable[[str], Any]
) -> None:
    def curt(seen: Seen) -> Reply:
        if "logprobs" in seen.body:
            return openai_error(400, "logprobs are not supported", param="logprobs")
        return answer("Yes. A hole." if pictures_of(seen)[-1].getpixel((10, 10)) == (0, 0, 0) else "No.")

    with inspector(curt) as server:
        result = ask(pytester, server.url, *ORIGINAL)
    assert result.ret == 0
    lines = observed(pytester.path / "runs" / "latest")
    assert len(lines) == 12
    assert {line["score"] for line in lines} == {None}
    rows = _rows(latest)
    assert {(row["threshold"], row["accuracy"], row["auroc"]) for row in rows} == {("answer", 1.0, None)}
    text = result.stdout.str()
    assert "its answer" in text
    assert "score >" not in text
    assert "hreshold" not in text
    assert "NA" not in text.split()
    with (pytester.path / "runs" / "latest" / "predictions.csv").open(newline="") as file:
        for line in csv.DictReader(file):
            assert line["score"] == line["verdict_max"] == line["verdict_p90"] == line["verdict_p80"] == ""


def test_unreadable_answers_count_as_wrong_and_lenient_readings_are_counted(
    pytester: pytest.Pytester, parts: Path, latest: Callable[[str], Any]
) -> None:
    hedged = shows(parts / "cup" / "test" / "good" / "000.png")
    told = shows(parts / "cup" / "test" / "hole" / "001.png")

    def says(seen: Seen) -> Reply:
        if hedged(seen):
            return answer("I cannot tell from these pictures.", {"I": math.log(0.9)})
        if told(seen):
            return answer("There is a crack in the second image.")
        return answer("Yes." if pictures_of(seen)[-1].getpixel((10, 10)) == (0, 0, 0) else "No.")

    with inspector(says) as server:
        result = ask(pytester, server.url, *ORIGINAL)
    assert result.ret == 0  # every view was observed
    (row,) = _rows(latest, class_name="cup")
    assert (row["n"], row["correct"], row["unreadable"], row["failed"]) == (6, 5, 1, 0)
    assert row["lenient"] == 1
    assert latest("summary.json")["completeness"]["unreadable"] == 1
    text = " ".join(result.stdout.str().split())
    assert "12 of 12 views observed, 1 unreadable, 0 failed" in text
    assert "1 of 12 answers of vllm:inspector (oneshot-specific) (8.3%) opened without yes or no" in text


def test_views_are_asked_ahead_across_case_boundaries(asked: Asked) -> None:
    options = (*SERIAL, "--iad-limit", "1", "--iad-lvlm", "max_num_seqs=2")  # 8 cases of 2 views each
    with inspector(lambda seen: replace(judged(seen), delay_s=0.4)) as server:
        assert len(asked(server, *options)) == 16
    assert 2 < server.most_at_once <= 2 * 3  # three times what the engine works on at once


def test_what_a_request_cost_is_written_down(pytester: pytest.Pytester, asked: Asked) -> None:
    with inspector() as server:
        asked(server, *TWO_VIEWS)
    for line in observed(pytester.path / "runs" / "latest"):
        details = line["details"]
        assert (details["prompt_tokens"], details["cached_tokens"], details["answer_tokens"]) == (547, 256, 6)
        assert line["latency_s"] > 0
    manifest = json.loads((pytester.path / "runs" / "latest" / "manifest.json").read_text())
    model = manifest["configuration"]["models"]["vllm:inspector"]
    assert model["profile"]["name"] == "paper"
    assert model["shots"] == 1
