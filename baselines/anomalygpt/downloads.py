"""The files AnomalyGPT is put together from: whose they are and where they lie."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from baselines.anomalygpt.recipe import Recipe
from baselines.weights import Published, find
from iad_eval.predictors import ModelContext

IMAGEBIND: Final = Published(
    "imagebind",
    "imagebind_huge.pth",
    "ImageBind-Huge",
    "Meta, github.com/facebookresearch/ImageBind",
    "4.8 GB",
    "CC BY-NC 4.0",
    url="https://dl.fbaipublicfiles.com/imagebind/imagebind_huge.pth",
)
VICUNA: Final = Published(
    "vicuna",
    "vicuna-7b-v0/",
    "the folder of Vicuna-7B v0",
    "Meta (LLaMA-7B) and LMSYS (huggingface.co/lmsys/vicuna-7b-delta-v0), to be merged by FastChat 0.1.10",
    "13.5 GB",
    "LLaMA's licence: research, not commercial",
)
PANDAGPT: Final = Published(
    "pandagpt",
    "pandagpt_7b_max_len_1024/pytorch_model.pt",
    "PandaGPT's LoRA and projection",
    "huggingface.co/openllmplayground/pandagpt_7b_max_len_1024",
    "0.15 GB",
    "not commercial",
    url="https://huggingface.co/openllmplayground/pandagpt_7b_max_len_1024/resolve/main/pytorch_model.pt",
)
_AUTHORS: Final = "huggingface.co/FantasticGNU/AnomalyGPT"


def trained(weights: str) -> Published:
    """What AnomalyGPT's authors trained, in one of three ways."""
    within = f"{weights}/pytorch_model.pt"
    return Published(
        "anomalygpt",
        f"anomalygpt/{within}",
        f"AnomalyGPT's weights {weights}",
        _AUTHORS,
        "0.45 GB",
        "CC BY-NC-SA 4.0",
        url=f"https://{_AUTHORS}/resolve/main/{within}",
    )


def needed(recipe: Recipe, has_answers: bool, dataset: str, context: ModelContext) -> Mapping[str, Path]:
    """The paths of what a recipe needs on a dataset, by key.

    A few-shot map is made of ImageBind's features alone. Raises ModelError where one is missing.
    """
    wanted = [IMAGEBIND]
    if has_answers or recipe.path != "few-shot":
        wanted.append(trained(recipe.weights_for(dataset)))
    if has_answers:
        wanted += [PANDAGPT, VICUNA]
    return {each.key: find(each, context) for each in wanted}
