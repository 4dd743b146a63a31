"""What an LVLM is shown, how far ahead it is asked, and which of its answers count."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pytest
from parts import write_photo
from PIL import Image

from iad_eval.errors import ModelError, UsageError
from iad_eval.identity import FileDigests
from iad_eval.pixels import read_image
from iad_eval.predictors import ModelContext, Sampled
from iad_eval.predictors.lvlm import engine_plan
from iad_eval.predictors.lvlm.asking import Line
from iad_eval.predictors.lvlm.chat import AnswerToken, Chat, ChatRequest, Completion
from iad_eval.predictors.lvlm.plan import EnginePlan
from iad_eval.predictors.lvlm.predictor import IN_FLIGHT, Lvlm
from iad_eval.predictors.lvlm.weights import Weights
from iad_eval.profiles import PAPER, parse_changes
from iad_eval.prompts import Prompt
from iad_eval.settings import LvlmSettings
from iad_eval.views import View
from iad_eval.words import ClassSamples, Json, Sample

PROFILE = PAPER.with_changes(
    {"max_num_seqs": 5, "min_pixels": 168 * 168, "max_pixels": 170 * 170, "temperature": 0.0}
)
ROOM = 5 * IN_FLIGHT
PLAN = EnginePlan("tiny", Weights("/m", None, "content-1"), PROFILE, 2, 0, bounds_pixels=True)
YES = (AnswerToken("Yes", {"Yes": -0.2, "No": -2.0}),)

Replying = Callable[["FakeLine", ChatRequest, Future[Completion]], None]


async def _nowhere(lost: int) -> Chat:
    raise AssertionError


def _at_once(line: FakeLine, request: ChatRequest, future: Future[Completion]) -> None:
    line.finish(future, request)


class FakeLine(Line):
    """Keeps what is asked; ``replying`` answers at once or later, with the view's uuid as the text."""

    def __init__(self, replying: Replying = _at_once, **said: object) -> None:
        super().__init__(_nowhere)
        self.requests: list[ChatRequest] = []
        self.pending: dict[Future[Completion], ChatRequest] = {}
        self.most_pending = 0
        self.closed = 0
        self._replying = replying
        self._said = {"tokens": YES, **said}

    def ask(self, request: ChatRequest) -> Future[Completion]:
        future: Future[Completion] = Future()
        self.requests.append(request)
        self.pending[future] = request
        self.most_pending = max(self.most_pending, len(self.pending))
        self._replying(self, request, future)
        return future

    def finish(self, future: Future[Completion], request: ChatRequest) -> None:
        del self.pending[future]
        future.set_result(Completion(request.pictures[-1].uuid, **self._said))  # type: ignore[arg-type]  # the test's

    def describe(self) -> Mapping[str, Json]:
        return {"engine": "fake 1.0"}

    def close(self) -> None:
        self.closed += 1


def _prompting(dataset: str, class_name: str, perturbation: str, protocol: str, shots: int) -> Prompt:
    return Prompt(f"{class_name} {perturbation} {protocol} {shots}?", not protocol.startswith("zeroshot"))


@pytest.fixture
def cups(tmp_path: Path) -> ClassSamples:
    def samples(split: Literal["train", "test"], count: int) -> Iterator[Sample]:
        for number in range(count):
            path = tmp_path / "cup" / split / f"{number:03d}.png"
            write_photo(path, number + 100 * (split == "test"))
            yield Sample("parts", "cup", split, "good", f"{number:03d}", False, path)

    return ClassSamples(tuple(samples("train", 6)), tuple(samples("test", 2)))


def _lvlm(line: Line, plan: EnginePlan = PLAN, shots: int = 1) -> Lvlm:
    return Lvlm(plan, line, _prompting, shots, FileDigests(), read_image)


def _views(cups: ClassSamples, count: int = 1, protocol: str = "oneshot", size: int = 256) -> list[View]:
    sample, image = cups.test[0], Image.new("RGB", (size, size))
    return [
        View(sample, cups, "original", protocol, f"key-{number}", image, None, 0.0, None)
        for number in range(count)
    ]


def test_references_come_first_then_the_view_then_the_text(cups: ClassSamples) -> None:
    line = FakeLine()
    [view] = _views(cups)
    [reply] = _lvlm(line).predict([view])
    [request] = line.requests
    reference, shown = request.pictures
    assert reference.image.tobytes() == read_image(cups.train[0].image_path).tobytes()
    assert shown.image is view.image
    assert request.text == "cup original oneshot 1?"
    assert (request.sampling.temperature, request.sampling.max_tokens) == (0.0, PROFILE.max_tokens)
    assert reply.view is view
    assert reply.score == pytest.approx(0.8581, abs=1e-4)  # exp(-0.2) / (exp(-0.2) + exp(-2))
    assert reply.error is None
    assert reply.details["p_yes"] == pytest.approx(0.8187, abs=1e-4)
    assert reply.details["engine"] == "fake 1.0"


def test_k_shots_show_the_first_k_training_photographs_in_order(cups: ClassSamples) -> None:
    line = FakeLine()
    lvlm = _lvlm(line, shots=3)
    list(lvlm.predict(_views(cups, 2)))
    for request in line.requests:
        assert len(request.pictures) == 4
        for picture, sample in zip(request.pictures, cups.train, strict=False):
            if picture is not request.pictures[-1]:
                assert picture.image.tobytes() == read_image(sample.image_path).tobytes()
    first, second = line.requests
    assert [picture.uuid for picture in first.pictures[:3]] == [one.uuid for one in second.pictures[:3]]
    assert len({picture.uuid for request in line.requests for picture in request.pictures}) == 5


def test_each_further_draw_has_the_next_seed_and_an_identity_of_its_own(cups: ClassSamples) -> None:
    line = FakeLine()
    lvlm = _lvlm(line, replace(_profiled(temperature=0.3), seed=7))
    [view] = _views(cups)
    list(lvlm.predict([replace(view, repeat=repeat) for repeat in (0, 1, 2)]))
    assert [request.sampling.seed for request in line.requests] == [7, 8, 9]
    assert isinstance(lvlm, Sampled)
    assert [lvlm.redrawn_identity(repeat) for repeat in (1, 2)] == [{"repeat": 1}, {"repeat": 2}]
    assert _lvlm(line, _profiled(temperature=0.0)).redrawn_identity(1) is None


def test_zero_shot_shows_no_reference(cups: ClassSamples) -> None:
    line = FakeLine()
    lvlm = _lvlm(line)
    list(lvlm.predict(_views(cups, protocol="zeroshot")))
    assert len(line.requests[0].pictures) == 1
    assert lvlm.identity(cups, "original", "zeroshot")["references"] == []


def test_too_few_photographs_for_the_references_say_the_ways_out(cups: ClassSamples) -> None:
    line = FakeLine()
    lvlm = _lvlm(line, shots=7)
    with pytest.raises(ModelError, match=r"has 6 good training photographs.*shown 7.*--iad-shots.*zeroshot"):
        lvlm.identity(cups, "original", "oneshot")
    [reply] = lvlm.predict(_views(cups))
    assert "--iad-shots" in str(reply.error)
    assert not line.requests
    assert lvlm.identity(cups, "original", "zeroshot")


@pytest.mark.parametrize("seed", range(4))
def test_every_view_is_answered_once_in_whatever_order_answers_come(cups: ClassSamples, seed: int) -> None:
    draws = random.Random(seed)
    changing = threading.Condition()
    is_over = False

    def later(line: FakeLine, request: ChatRequest, future: Future[Completion]) -> None:
        with changing:
            changing.notify()

    line = FakeLine(later)

    def engine() -> None:
        while True:
            with changing:
                changing.wait_for(lambda: is_over or line.pending, timeout=5)
                if is_over:
                    return
            time.sleep(draws.choice((0, 0, 0.001)))
            for future in draws.sample(list(line.pending), min(len(line.pending), draws.randint(1, 6))):
                line.finish(future, line.pending[future])

    worker = threading.Thread(target=engine)
    worker.start()
    views = _views(cups, 80)
    pulled = 0

    def pull() -> Iterator[View]:
        nonlocal pulled
        for view in views:
            pulled += 1
            yield view

    replies = []
    for reply in _lvlm(line).predict(pull()):
        replies.append(reply)
        assert pulled - len(replies) < ROOM
        assert pulled == len(views) or pulled - len(replies) >= ROOM // 2
        time.sleep(draws.choice((0, 0, 0.002)))
    with changing:
        is_over = True
        changing.notify()
    worker.join()
    assert [id(reply.view) for reply in sorted(replies, key=lambda reply: views.index(reply.view))] == [
        id(view) for view in views
    ]
    assert all(reply.answer == f"iad-{reply.view.key}" for reply in replies)
    assert line.most_pending <= ROOM


def test_an_engine_that_answered_much_at_once_is_fed_before_the_last_reply_is_taken(
    cups: ClassSamples,
) -> None:
    def burst(line: FakeLine, request: ChatRequest, future: Future[Completion]) -> None:
        if len(line.requests) == ROOM:
            for one in list(line.pending)[: ROOM - 2]:
                line.finish(one, line.pending[one])

    line = FakeLine(burst)
    replies = _lvlm(line).predict(iter(_views(cups, 60)))
    for _ in range(8):
        next(replies)
    assert len(line.pending) >= ROOM // 2
    assert len(line.requests) < 8 + ROOM


def test_nothing_is_decoded_while_a_reply_waits_and_the_engine_is_busy(cups: ClassSamples) -> None:
    def burst(line: FakeLine, request: ChatRequest, future: Future[Completion]) -> None:
        if len(line.requests) == ROOM:
            for one in list(line.pending)[:3]:
                line.finish(one, line.pending[one])

    line = FakeLine(burst)
    replies = _lvlm(line).predict(iter(_views(cups, 60)))
    for _ in range(3):
        next(replies)
        assert len(line.requests) == ROOM


def test_a_failure_becomes_a_reply_with_its_reason_and_the_others_go_on(cups: ClassSamples) -> None:
    def fails(line: FakeLine, request: ChatRequest, future: Future[Completion]) -> None:
        number = request.pictures[-1].uuid
        if number == "iad-key-1":
            del line.pending[future]
            future.set_exception(ModelError("stays bad"))
        elif number == "iad-key-2":
            del line.pending[future]
            future.set_exception(KeyError("odd"))
        else:
            line.finish(future, request)

    replies = {reply.view.key: reply for reply in _lvlm(FakeLine(fails)).predict(_views(cups, 4))}
    assert [replies[f"key-{number}"].error for number in range(4)] == [
        None,
        "stays bad",
        "KeyError: 'odd'",
        None,
    ]
    assert replies["key-1"].answer is None
    assert replies["key-1"].score is None


def test_a_reference_that_cannot_be_read_fails_its_views_only(cups: ClassSamples) -> None:
    cups.train[0].image_path.write_bytes(b"no picture")
    views = [*_views(cups, 1), *_views(cups, 1, "zeroshot")]
    first, second = _lvlm(FakeLine()).predict(views)
    assert "000.png" in str(first.error)
    assert second.error is None


def test_predicting_that_is_broken_off_gives_up_its_requests_and_can_begin_anew(cups: ClassSamples) -> None:
    def first_only(line: FakeLine, request: ChatRequest, future: Future[Completion]) -> None:
        if len(line.requests) == ROOM:
            one = next(iter(line.pending))
            line.finish(one, line.pending[one])

    line = FakeLine(first_only)
    lvlm = _lvlm(line)
    replies = lvlm.predict(iter(_views(cups, 50)))
    next(replies)
    replies.close()  # type: ignore[attr-defined]  # a generator
    assert len(line.pending) == ROOM - 1
    assert all(future.cancelled() for future in line.pending)
    line._replying = _at_once
    assert len(list(lvlm.predict(_views(cups, 3)))) == 3


@dataclass(frozen=True)
class Change:
    """One thing that is set otherwise; ``matters`` says whether answers may differ for it."""

    plan: EnginePlan
    matters: bool
    shots: int = 1
    perturbation: str = "original"


def _profiled(**changes: Json) -> EnginePlan:
    return replace(PLAN, profile=PLAN.profile.with_changes(changes))


CHANGES = {
    "temperature": Change(_profiled(temperature=0.3), True),
    "max_tokens": Change(_profiled(max_tokens=5), True),
    "min_pixels": Change(_profiled(min_pixels=784), True),
    "max_pixels": Change(_profiled(max_pixels=171 * 171), True),
    "dtype": Change(_profiled(dtype="float16"), True),
    "quantization": Change(_profiled(quantization="awq"), True),
    "weights": Change(replace(PLAN, weights=Weights("/m", None, "content-2")), True),
    "no pixel limits": Change(replace(PLAN, bounds_pixels=False), True),
    "shots": Change(PLAN, True, shots=2),
    "prompt": Change(PLAN, True, perturbation="rotated"),
    "where the weights lie": Change(replace(PLAN, weights=Weights("/elsewhere", None, "content-1")), False),
    "name": Change(replace(PLAN, name="vllm:/m"), False),
    "max_num_seqs": Change(_profiled(max_num_seqs=64), False),
    "timeout_s": Change(_profiled(timeout_s=1.0), False),
    "tensor_parallel_size": Change(_profiled(tensor_parallel_size=1), False),
    "gpu_memory_utilization": Change(_profiled(gpu_memory_utilization=0.5), False),
    "max_model_len": Change(_profiled(max_model_len=900), False),
    "enforce_eager": Change(_profiled(enforce_eager=True), False),
    "seed of an answer that is not drawn": Change(replace(PLAN, seed=7), False),
}


@pytest.mark.parametrize("what", CHANGES)
def test_the_identity_holds_what_decides_an_answer_and_nothing_else(cups: ClassSamples, what: str) -> None:
    change = CHANGES[what]
    before = _lvlm(FakeLine()).identity(cups, "original", "oneshot")
    after = _lvlm(FakeLine(), change.plan, change.shots).identity(cups, change.perturbation, "oneshot")
    assert (after != before) == change.matters


def test_the_seed_decides_an_answer_that_is_drawn(cups: ClassSamples) -> None:
    drawn = _profiled(temperature=0.3)
    first, second = (
        _lvlm(FakeLine(), replace(drawn, seed=seed)).identity(cups, "original", "oneshot") for seed in (0, 1)
    )
    assert first != second


def test_the_bytes_of_a_reference_decide_an_answer_and_those_of_other_photographs_do_not(
    cups: ClassSamples,
) -> None:
    before = _lvlm(FakeLine()).identity(cups, "original", "oneshot")
    write_photo(cups.train[1].image_path, 999)
    write_photo(cups.test[1].image_path, 999)
    assert _lvlm(FakeLine()).identity(cups, "original", "oneshot") == before
    write_photo(cups.train[0].image_path, 999)
    assert _lvlm(FakeLine()).identity(cups, "original", "oneshot") != before


def test_an_identity_starts_no_engine_and_opens_no_photograph(cups: ClassSamples) -> None:
    def read(path: Path) -> Image.Image:
        raise AssertionError

    line = FakeLine()
    lvlm = Lvlm(PLAN, line, _prompting, 1, FileDigests(), read)
    assert lvlm.identity(cups, "original", "oneshot")
    assert lvlm.describe()["weights"] == "content-1"
    assert not line.requests


# Pictures of 24 x 24 and 256 x 256 px under the limits 168^2..170^2 are seen at 168 x 168: 36 tokens each.
RIGHT = ((168, 168), (168, 168))


@pytest.mark.parametrize(
    ("said", "is_right"),
    [
        ({"seen": RIGHT}, True),
        ({"seen": RIGHT, "prompt_tokens": 100}, True),
        ({"seen": ((168, 168), (252, 252))}, False),
        ({"seen": ((168, 168),)}, False),
        ({"prompt_tokens": 72 + 40}, True),
        ({"prompt_tokens": 72}, False),
        ({"prompt_tokens": 40}, False),
        ({"prompt_tokens": 36 + 81 + 400}, False),
        ({}, True),
    ],
)
def test_an_answer_counts_only_if_the_pictures_were_seen_at_the_size_asked_for(
    cups: ClassSamples, said: dict[str, Any], is_right: bool
) -> None:
    [reply] = _lvlm(FakeLine(**said)).predict(_views(cups))
    if is_right:
        assert reply.error is None
        seen = said.get("seen")
        assert reply.details.get("seen") == (None if seen is None else [[168, 168], [168, 168]])
        assert reply.details.get("prompt_tokens") == said.get("prompt_tokens")
    else:
        assert reply.answer is None
        assert reply.score is None
        assert "168 x 168, 168 x 168 (72 tokens)" in str(reply.error)
        assert '--mm-processor-kwargs \'{"min_pixels": 28224, "max_pixels": 28900}\'' in str(reply.error)
        assert "--iad-lvlm min_pixels=N" in str(reply.error)


def test_a_model_without_pixel_limits_is_believed(cups: ClassSamples) -> None:
    plan = replace(PLAN, bounds_pixels=False)
    [reply] = _lvlm(FakeLine(seen=((500, 500),), prompt_tokens=3), plan).predict(_views(cups))
    assert reply.error is None


def test_a_server_without_log_probabilities_gives_answers_without_scores(cups: ClassSamples) -> None:
    [reply] = _lvlm(FakeLine(tokens=(), was_cut=True)).predict(_views(cups))
    assert (reply.score, reply.answer, reply.error) == (None, "iad-key-0", None)
    assert reply.details["was_cut"] is True
    assert "p_yes" not in reply.details


def test_calibration_asks_about_the_training_photographs_after_the_references(cups: ClassSamples) -> None:
    line = FakeLine()
    lvlm = _lvlm(line, _profiled(calibration=3), shots=2)
    found = lvlm.calibration(cups, "oneshot")
    assert found is not None
    assert found.scores == pytest.approx((0.8581,) * 3, abs=1e-4)
    assert found.taken == "asked about 3"
    shown = [request.pictures[-1].image.tobytes() for request in line.requests]
    assert shown == [read_image(sample.image_path).tobytes() for sample in cups.train[2:5]]
    assert all(request.text == "cup original oneshot 2?" for request in line.requests)


def test_calibration_asks_for_nothing_where_there_is_nothing_to_ask(cups: ClassSamples) -> None:
    line = FakeLine()
    assert _lvlm(line).calibration(cups, "oneshot") is None
    assert _lvlm(line, _profiled(calibration=3), shots=6).calibration(cups, "oneshot") is None
    assert not line.requests


def test_calibration_without_scores_says_how_to_go_without(cups: ClassSamples) -> None:
    lvlm = _lvlm(FakeLine(tokens=()), _profiled(calibration=2))
    with pytest.raises(ModelError, match=r"no score: the answer has no log-probabilities.*calibration=0"):
        lvlm.calibration(cups, "oneshot")


def test_closing_closes_the_line(cups: ClassSamples) -> None:
    line = FakeLine()
    lvlm = _lvlm(line)
    lvlm.close()
    lvlm.close()
    assert line.closed == 2
    assert lvlm.engine() == {"engine": "fake 1.0"}


def _context(tmp_path: Path, **chosen: object) -> ModelContext:
    settings = LvlmSettings(**chosen)  # type: ignore[arg-type]  # the test's own
    return ModelContext(tmp_path, 3, FileDigests(), read_image, settings, _prompting)


def test_a_plan_is_the_profile_then_the_model_s_needs_then_the_user_s_changes(tmp_path: Path) -> None:
    large = engine_plan("qwen2-vl-72b-awq", _context(tmp_path))
    assert large.profile == PAPER
    assert large.weights.target == "Qwen/Qwen2-VL-72B-Instruct-AWQ"
    assert large.bounds_pixels
    assert (large.seed, large.pictures) == (3, 2)
    assert engine_plan("qwen2-vl-7b", _context(tmp_path)).profile.tensor_parallel_size == 1
    changes = tuple(parse_changes(["tensor_parallel_size=4", "max_tokens=9"]).items())
    changed = engine_plan("qwen2-vl-7b", _context(tmp_path, changes=changes, shots=4))
    assert (changed.profile.tensor_parallel_size, changed.profile.max_tokens) == (4, 9)
    assert changed.pictures == 5
    with pytest.raises(UsageError, match="change both"):
        engine_plan("qwen2-vl-7b", _context(tmp_path, changes=(("max_pixels", 784),)))


def test_an_engine_is_started_with_the_paper_s_settings_by_vllm_s_names(tmp_path: Path) -> None:
    settings = engine_plan("qwen2-vl-72b-awq", _context(tmp_path)).engine_settings()
    assert settings["mm_processor_kwargs"] == {"size": {"shortest_edge": 602112, "longest_edge": 802816}}
    assert settings["limit_mm_per_prompt"] == {"image": 2}
    assert settings["tensor_parallel_size"] == 2
    assert settings["max_num_seqs"] == 5
    assert settings["enable_prefix_caching"] is True
    assert settings["generation_config"] == "vllm"
    assert None not in settings.values()


def test_other_architectures_are_given_no_pixel_limits(tmp_path: Path) -> None:
    folder = tmp_path / "llava"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "llava"}')
    plan = engine_plan(f"vllm:{folder}", _context(tmp_path))
    assert not plan.bounds_pixels
    assert "mm_processor_kwargs" not in plan.engine_settings()
    (folder / "config.json").write_text('{"model_type": "qwen2_vl"}')
    assert engine_plan(f"vllm:{folder}", _context(tmp_path)).bounds_pixels


def test_where_a_server_stands_does_not_change_what_it_answers(tmp_path: Path, cups: ClassSamples) -> None:
    identities = []
    for url in ("http://a:1/v1", "http://b:2/v1"):
        plan = engine_plan("vllm:my-model", _context(tmp_path, endpoint=url))
        assert (plan.weights.target, plan.name) == ("my-model", "vllm:my-model")
        identities.append(_lvlm(FakeLine(), plan).identity(cups, "original", "oneshot"))
    assert identities[0] == identities[1]
    known = [
        engine_plan("qwen2-vl-7b", _context(tmp_path, endpoint=url)).weights
        for url in (None, "http://a:1/v1")
    ]
    assert known[0] == known[1]


def test_a_name_that_is_no_model_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is no folder with a model"):
        engine_plan("vllm:nothing", _context(tmp_path))
