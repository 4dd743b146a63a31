"""Runs that pages are made of: small pictures, drawn here, and what made-up models said of them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from iad_eval.maps import map_path, write_map
from iad_eval.pictures import outline, outline_path, picture_path
from iad_eval.reports import summary_document
from iad_eval.reports.document import Block, Document
from iad_eval.reports.page.facts import facts
from iad_eval.reports.page.gallery import gallery
from iad_eval.reports.page.render import render
from iad_eval.summary import summarise
from iad_eval.words import Json, Observation, TrainingScores

PERTURBATIONS = ("original", "rotated", "padded", "timestamp")
DEFECTS = ("good", "scratch", "hole")
LIGHT = {"fig-ink": "#1c2126", "fig-muted": "#5a636e", "fig-grid": "#e1e4e8", "fig-paper": "#ffffff"} | {
    f"fig-{index}": colour for index, colour in enumerate(("#0a5cb8", "#b85c00", "#17713f", "#7a3fb0") * 2)
}
DARK = {"fig-ink": "#e6e9ed", "fig-muted": "#9ba5b0", "fig-grid": "#2b323a", "fig-paper": "#1a1f24"} | {
    f"fig-{index}": colour for index, colour in enumerate(("#7ab8ff", "#f0a35a", "#6fd39b", "#c79bf2") * 2)
}
HOSTILE = (
    "No. <script>alert(1)</script> </script> <img src=x onerror=alert(1)>\n"
    "\x1b[31mred\x1b[0m [bold]x[/bold] {{7*7}} \"quoted\" 'single' & \u202eturned"
)


@dataclass(frozen=True, slots=True)
class PageRun:
    """Everything that a page is made of."""

    run: Path
    observations: Sequence[Observation]
    training: Sequence[TrainingScores]
    summary: dict[str, Json]
    manifest: dict[str, Json]

    def page(
        self, *more: Block, embedded: Mapping[str, str] | None = None, svg: Mapping[str, str] | None = None
    ) -> str:
        """The page of the run's own report, followed by ``more`` blocks."""
        shown = gallery(self.observations, self.training, self.summary, self.manifest, self.run)
        document = summary_document(self.summary, self.manifest, verbose=True, next_for=str(self.run.name))
        whole = Document((*document.blocks, *more))
        told = facts(self.summary, self.manifest, self.run.name)
        return render(whole, svg or {}, shown, told, embedded, light=LIGHT, dark=DARK)


def page_run(
    run: Path,
    *,
    classes: Sequence[str] = ("cap", "washer"),
    count: int = 6,
    asked: int = 0,
    answers: Mapping[int, str] | None = None,
    defects: Sequence[str] = DEFECTS,
) -> PageRun:
    """``count`` photographs of each class and kind, in four views.

    A detector whose scores move with the perturbation, a second one that is quieter, an LVLM
    that errs at every fifth photograph and has ``answers`` of its own, and a trivial floor.
    ``asked`` views more were asked for than observed.
    """
    observations = [
        each
        for number, place in enumerate(
            (class_name, defect, stem)
            for class_name in classes
            for defect in defects
            for stem in range(count)
        )
        for perturbation in PERTURBATIONS
        for each in _said(place, number, perturbation, answers or {})
    ]
    training = [
        TrainingScores(
            "parts", name, model, None, tuple(0.8 + 0.03 * step for step in range(10)), "leave-one-out", "k"
        )
        for name in classes
        for model in ("patch-knn", "quiet-net")
    ]
    summary = summarise(observations, training, asked=len(observations) + asked, seed=0)
    return PageRun(run, observations, training, summary, _manifest(classes))


def draw_pictures(made: PageRun, *, but: Iterable[str] = ()) -> None:
    """Writes picture, outline and maps of every view, but not of the samples ``but``; and the references."""
    left_out = set(but)
    done: set[tuple[str, str]] = set()
    for each in made.observations:
        place = (each.sample, each.perturbation)
        if each.sample in left_out:
            continue
        if place not in done:
            done.add(place)
            _draw_view(made.run, each)
        if each.score is not None and each.model == "patch-knn":
            write_map(map_path(made.run, each.model, each.key), _heat(each))
    for class_name in {each.class_name for each in made.observations}:
        sample = f"parts/{class_name}/train/good/000"
        path = picture_path(made.run, sample, "original")
        path.parent.mkdir(parents=True, exist_ok=True)
        _part(class_name, "good", 0)[0].save(path)


def big_run(run: Path, photographs: int = 2500) -> PageRun:
    """Four views of many photographs, four models; one answers each view in 150 letters of its own."""
    classes = tuple(f"part-{number}" for number in range(10))
    made = page_run(run, classes=classes, count=photographs // 10 // 2, defects=("good", "scratch"))
    words = random.Random(7)
    vocabulary = [
        "".join(words.choices("abcdefghijklmnopqrstuvwxyz", k=words.randint(2, 9))) for _ in range(3000)
    ]
    observations = []
    for each in made.observations:
        if each.answer is not None and each.model == "lvlm":
            told = " ".join(words.choices(vocabulary, k=40))
            each = replace(each, answer=f"{each.answer.split(',')[0]}, {told}"[:150])
        observations.append(each)
    return replace(made, observations=observations)


def _said(
    place: tuple[str, str, int], number: int, perturbation: str, answers: Mapping[int, str]
) -> list[Observation]:
    class_name, defect, stem = place
    is_anomalous = defect != "good"
    noise = ((number * 37 + 11 * PERTURBATIONS.index(perturbation)) % 17) / 17
    score = (1.4 if is_anomalous else 0.6) + 0.7 * (noise - 0.5) + 0.15 * (perturbation == "rotated")
    is_wrong = number % 5 == 3 or (perturbation == "timestamp" and number % 7 == 2)
    said = "Yes" if is_anomalous != is_wrong else "No"
    answer = f"{said}, the surface of the {class_name} " + ("shows a flaw." if said == "Yes" else "is clean.")
    if number % 23 == 9:
        answer = "I am not able to judge this picture."
    failed = perturbation == "padded" and number % 29 == 4
    model: list[tuple[str, str | None, dict[str, Any]]] = [
        ("patch-knn", None, {"score": score}),
        ("quiet-net", None, {"score": 0.5 + 0.5 * score}),
        (
            "lvlm",
            "zeroshot",
            {"error": "the server did not answer within 120 s"}
            if failed
            else {"answer": answers.get(number, answer)},
        ),
        ("always-anomalous", None, {"answer": "Yes."}),
    ]
    return [
        _observation(class_name, defect, stem, perturbation, name, protocol, **what)
        for name, protocol, what in model
    ]


def _observation(
    class_name: str, defect: str, stem: int, perturbation: str, model: str, protocol: str | None, **what: Any
) -> Observation:
    is_anomalous = defect != "good"
    sample = f"parts/{class_name}/test/{defect}/{stem:03d}"
    return Observation(
        sample=sample,
        dataset="parts",
        class_name=class_name,
        defect=defect,
        is_anomalous=is_anomalous,
        perturbation=perturbation,
        model=model,
        protocol=protocol,
        score=what.get("score"),
        answer=what.get("answer"),
        latency_s=0.1,
        error=what.get("error"),
        mask_fraction=0.01 * (1 + stem) if is_anomalous else 0.0,
        key=f"{random.Random(sample + perturbation + model).getrandbits(128):032x}",
        hidden_fraction=0.7 if perturbation == "timestamp" and stem == 1 and is_anomalous else 0.0,
    )


def _draw_view(run: Path, each: Observation) -> None:
    picture, mask = _part(each.class_name, each.defect, int(each.sample[-3:]))
    if each.perturbation == "rotated":
        picture, mask = picture.rotate(30, fillcolor="white"), mask.rotate(30)
    elif each.perturbation == "padded":
        for drawn in (picture, mask):
            ImageDraw.Draw(drawn).rectangle((0, 0, 239, 30), fill=0)
    elif each.perturbation == "timestamp":
        ImageDraw.Draw(picture).text((150, 155), "2025-01-01 12:00", fill="orange")
    path = picture_path(run, each.sample, each.perturbation)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, quality=80)
    if each.is_anomalous:
        drawn = outline(mask, picture.size)
        drawn.save(outline_path(run, each.sample, each.perturbation), transparency=0)


def _part(class_name: str, defect: str, stem: int) -> tuple[Image.Image, Image.Image]:
    """A part of 240 x 180 pixels and its mask."""
    picture, mask = Image.new("RGB", (240, 180), "#d8d4cc"), Image.new("L", (240, 180))
    pen, marker = ImageDraw.Draw(picture), ImageDraw.Draw(mask)
    pen.ellipse(
        (50, 20, 190, 160), fill="#8a8f98" if class_name.startswith("w") else "#b8864a", outline="#444"
    )
    if class_name.startswith("w"):
        pen.ellipse((95, 65, 145, 115), fill="#d8d4cc", outline="#444")
    x, y = 70 + 9 * (stem % 8), 60 + 11 * (stem % 6)
    if defect == "scratch":
        pen.line((x, y, x + 40, y + 18), fill="#eee", width=2)
        marker.line((x, y, x + 40, y + 18), fill=255, width=4)
    elif defect != "good":
        pen.ellipse((x, y, x + 16, y + 16), fill="#111")
        marker.ellipse((x, y, x + 16, y + 16), fill=255)
    return picture, mask


def _heat(each: Observation) -> np.ndarray[Any, np.dtype[np.float32]]:
    """A bump where the defect is, as high as the score."""
    stem = int(each.sample[-3:])
    x, y = (78 + 9 * (stem % 8)) / 240, (68 + 11 * (stem % 6)) / 180
    across, down = np.meshgrid(np.linspace(0, 1, 64), np.linspace(0, 1, 48))
    bump = np.exp(-((across - x) ** 2 + (down - y) ** 2) / 0.01)
    return ((each.score or 0.0) * (0.2 + 0.8 * bump)).astype(np.float32)


def _manifest(classes: Sequence[str]) -> dict[str, Json]:
    command = ["pytest", "cases", "--iad-model", "patch-knn", "--iad-dataset", "parts=folder:my parts"]
    return {
        "iad_eval": "0.5.0",
        "started": "2026-03-01T08:15:30+00:00",
        "finished": "2026-03-01T08:20:00+00:00",
        "command_line": command,
        "sessions": [{"started": "2026-03-01T08:15:30+00:00", "command_line": command}],
        "seed": 0,
        "python": "3.11.9",
        "packages": {"numpy": "2.1.0", "pillow": "11.0.0", "pytest": "8.3.4"},
        "hardware": {"machine": "x86_64", "system": "Linux", "cpus": 8, "device": "auto"},
        "git_commit": "0123456789abcdef0123456789abcdef01234567",
        "configuration": {
            "models": {"patch-knn": {}, "lvlm": {}},
            "perturbations": {name: {"version": 1} for name in PERTURBATIONS},
        },
        "prompts": {"zeroshot": {"Is there a defect?\nAnswer yes or no. <b>": ["parts/cap/original"]}},
        "classes": {
            "parts": {
                name: {
                    "train": 10,
                    "test_normal": 6,
                    "test_anomalous": 12,
                    "reference": f"parts/{name}/train/good/000",
                }
                for name in classes
            }
        },
    }
