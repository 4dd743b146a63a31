"""What the tiny checkpoint is asked and what it answers, and its tokenizer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from photographs import GRID, KINDS
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

SPECIAL = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
)

PAPER = (
    "The second image is for anomaly detection. Does the second image have any anomaly compared to the first "
    "image? Reply yes or no, then explain."
)

QUESTIONS = (
    PAPER,
    "Compare the second image with the first image, which shows a good part. Is there any defect? "
    "Answer yes or no, then explain.",
    "Is the part in the second image damaged? Reply yes or no.",
    "Does the second image have any anomaly? Reply yes or no, then explain.",
)
"""Asked about a view beside its reference: yes means a defect."""

INVERTED = (
    "The second image is for anomaly detection. Is the second image free of any anomaly compared to the "
    "first image? Reply yes or no, then explain.",
    "Is the part in the second image good? Reply yes or no, then explain.",
)
"""Asked the other way round: no means a defect."""

ALONE = (
    "The image is for anomaly detection. Does the image have any anomaly? Reply yes or no, then explain.",
    "Is there any defect in this image? Reply yes or no, then explain.",
)
"""Asked about a view without a reference."""

SENTENCES = (
    "Ignore differences in color tones.",
    "Ignore the orientation of the objects.",
    "Ignore differences in the position of the objects.",
    "Ignore the color of the background.",
)

SYSTEM = "You are a helpful assistant."

TEMPLATE = (
    "{% for message in messages %}"
    "{% if loop.first and message['role'] != 'system' %}<|im_start|>system\n"
    + SYSTEM
    + "<|im_end|>\n{% endif %}"
    "<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' or 'image' in part or 'image_url' in part %}"
    "<|vision_start|><|image_pad|><|vision_end|>"
    "{% elif 'text' in part %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

_ROWS = ("top", "middle", "bottom")
_COLUMNS = ("left", "centre", "right")


def place_of(cells: np.ndarray) -> str:
    """``top left`` ... ``bottom right``: where most of a mask lies; ``cells`` is (6, 6)."""
    rows, columns = np.indices(cells.shape)
    row = int((rows * cells).sum() / cells.sum() * 3 / GRID + 0.25)
    column = int((columns * cells).sum() / cells.sum() * 3 / GRID + 0.25)
    return f"{_ROWS[min(row, 2)]} {_COLUMNS[min(column, 2)]}"


def yes(kind: str, cells: np.ndarray, *, inverted: bool = False) -> str:
    """The answer for a defect of ``class/kind``."""
    class_name, defect = kind.split("/")
    part, what = class_name.replace("_", " "), defect.replace("_", " ")
    return f"{'No' if inverted else 'Yes'}. The {part} shows an anomaly: {what}, {place_of(cells)}."


def no(class_name: str, *, inverted: bool = False) -> str:
    """The answer for a good part."""
    return f"{'Yes' if inverted else 'No'}. The {class_name.replace('_', ' ')} shows no anomaly."


def prompt(question: str, images: int, tokens: int) -> str:
    """What the chat template makes of ``images`` pictures (``tokens`` visual tokens each) and a question."""
    pictures = f"<|vision_start|>{'<|image_pad|>' * tokens}<|vision_end|>" * images
    return (
        f"<|im_start|>system\n{SYSTEM}<|im_end|>\n<|im_start|>user\n{pictures}{question}<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


def tokenizer(vocabulary: int = 1024) -> PreTrainedTokenizerFast:
    """A byte-level BPE of English inspection talk; any text has an encoding."""
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary - len(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    core.train_from_iterator(_corpus(), trainer)
    core.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in SPECIAL])
    made = PreTrainedTokenizerFast(
        tokenizer_object=core,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        model_max_length=4096,
        clean_up_tokenization_spaces=False,
    )
    made.chat_template = TEMPLATE
    return made


def save_preprocessor(folder: Path, side: int) -> None:
    """The picture processor's settings: every photograph is seen at about ``side`` squared pixels."""
    settings = {
        "image_processor_type": "Qwen2VLImageProcessor",
        "processor_class": "Qwen2VLProcessor",
        "min_pixels": side * side,
        "max_pixels": (side + 2) * (side + 2),
        "patch_size": 14,
        "temporal_patch_size": 2,
        "merge_size": 2,
        "image_mean": [0.48145466, 0.4578275, 0.40821073],
        "image_std": [0.26862954, 0.26130258, 0.27577711],
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(settings, indent=2) + "\n")


def _corpus() -> Iterator[str]:
    cells = np.zeros((GRID, GRID))
    for row in range(0, GRID, 2):
        for column in range(0, GRID, 2):
            cells[:] = 0
            cells[row, column] = 1
            for kind in KINDS:
                yield yes(kind, cells)
    for kind in KINDS:
        yield no(kind.split("/")[0])
    for text in (*QUESTIONS, *INVERTED, *ALONE, *SENTENCES, SYSTEM, "system\n", "user\n", "assistant\n"):
        for _ in range(20):
            yield text
            yield f" {text}"
