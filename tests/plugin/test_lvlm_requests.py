"""What an LVLM's server is sent in a session: pictures, text, sampling."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from inspector import ask, inspector, pictures_of, pixels, text_of
from PIL import Image, ImageOps

from iad_eval.perturbations import perturbation

QUESTION = (
    "The second image is for anomaly detection. Does the second image have any anomaly compared to the first "
    "image? Reply yes or no, then explain."
)
OF_SEVERAL = (
    "The last image is for anomaly detection. Does the last image have any anomaly compared to the 2 "
    "reference images before it? Reply yes or no, then explain."
)
WITHOUT = (
    "The image is for anomaly detection. Does the image have any anomaly? Reply yes or no, then explain."
)
TWO_VIEWS = ("-p", "no:xdist", "--iad-class", "cup", "--iad-limit", "1", "--iad-perturbation", "original")
PROMPTS = """
[classes.folder.cup]
sentence = "Ignore the grain."
description = "A good cup is round."

[classes.folder.cup.for_perturbation]
rotated = "Ignore the grain. Ignore the angle."
"""


def _views(photo: Path) -> list[Image.Image]:
    """A photograph in the four views; three by other means than the package's own."""
    image = Image.open(photo).convert("RGB")
    return [
        image,
        image.transpose(Image.Transpose.ROTATE_90),  # PIL turns counter-clockwise
        ImageOps.expand(image, 20, (255, 255, 255)),
        perturbation("timestamp").apply(image, None).image,
    ]


def test_every_view_is_asked_once_beside_the_unperturbed_reference(
    pytester: pytest.Pytester, parts: Path
) -> None:
    with inspector() as server:
        assert ask(pytester, server.url, "-p", "no:xdist").ret == 0
    asked = Counter(
        (*(pixels(picture) for picture in pictures_of(seen)), text_of(seen)) for seen in server.chats
    )
    assert asked == Counter(
        (pixels(parts / name / "train" / "good" / "000.png"), pixels(view), QUESTION)
        for name in ("cup", "lid")
        for photo in sorted((parts / name / "test").rglob("*.png"))
        for view in _views(photo)
    )
    assert len(asked) == 48


def test_pictures_come_first_and_the_text_last(pytester: pytest.Pytester, parts: Path) -> None:
    with inspector() as server:
        ask(pytester, server.url, *TWO_VIEWS)
    for seen in server.chats:
        (turn,) = seen.body["messages"]
        assert turn["role"] == "user"
        assert [part["type"] for part in turn["content"]] == ["image_url", "image_url", "text"]
    references, views = zip(
        *([part.get("uuid") for part in seen.body["messages"][0]["content"][:2]] for seen in server.chats),
        strict=True,
    )
    assert len(set(references)) == 1  # by it an engine recognises the reference that it has seen
    assert len({*references, *views}) == 1 + len(server.chats) == 3


@pytest.mark.parametrize(
    ("options", "sampling"),
    [
        ([], (0.3, 1024, 0)),
        (["--iad-profile", "throughput"], (0.0, 4, 0)),
        (
            ["--iad-seed", "5", "--iad-lvlm", "temperature=0.7", "--iad-lvlm", "max_tokens=9"],
            (0.7, 9, 5),
        ),
    ],
)
def test_sampling_is_what_the_profile_and_its_changes_say(
    pytester: pytest.Pytester, parts: Path, options: list[str], sampling: tuple[float, int, int]
) -> None:
    with inspector() as server:
        ask(pytester, server.url, *TWO_VIEWS, *options)
    assert len(server.chats) == 2
    for seen in server.chats:
        body = seen.body
        assert (body["temperature"], body["max_tokens"], body["seed"]) == sampling
        assert (body["logprobs"], body["top_logprobs"]) == (True, 20)


def test_each_protocol_sends_its_references_and_its_words(pytester: pytest.Pytester, parts: Path) -> None:
    (pytester.path / "words.toml").write_text(PROMPTS)
    protocols = ("oneshot-specific", "oneshot", "zeroshot-description", "zeroshot")
    options = [option for name in protocols for option in ("--iad-protocol", name)]
    with inspector() as server:
        result = ask(
            pytester, server.url, *TWO_VIEWS, *options, "--iad-prompts", "words.toml", "--iad-shots", "2"
        )
    assert result.ret == 0
    shown = [pixels(parts / "cup" / "train" / "good" / name) for name in ("000.png", "001.png")]
    views = [pixels(parts / "cup" / "test" / defect / "000.png") for defect in ("good", "hole")]
    asked = [([pixels(picture) for picture in pictures_of(seen)], text_of(seen)) for seen in server.chats]
    expected = [
        ([*references, view], text)
        for references, text in (
            (shown, f"{OF_SEVERAL} Ignore the grain."),
            (shown, OF_SEVERAL),
            ([], f"A good cup is round. {WITHOUT}"),
            ([], WITHOUT),
        )
        for view in views
    ]
    assert sorted(asked) == sorted(expected)


def test_a_sentence_for_a_perturbation_is_sent_with_its_views_alone(
    pytester: pytest.Pytester, parts: Path
) -> None:
    (pytester.path / "words.toml").write_text(PROMPTS)
    with inspector() as server:
        ask(pytester, server.url, *TWO_VIEWS, "--iad-perturbation", "rotated", "--iad-prompts", "words.toml")
    assert Counter(map(text_of, server.chats)) == {
        f"{QUESTION} Ignore the grain.": 2,
        f"{QUESTION} Ignore the grain. Ignore the angle.": 2,
    }
