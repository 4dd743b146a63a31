"""What a model would be sent for a case: for whoever writes prompts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from iad_eval.errors import UsageError
from iad_eval.pixels import read_image
from iad_eval.predictors.lvlm.catalogue import KNOWN
from iad_eval.predictors.lvlm.predictor import Lvlm
from iad_eval.predictors.lvlm.resize import seen_size, visual_tokens
from iad_eval.suite import Suite
from iad_eval.words import Case, Sample


def shown(suite: Suite) -> Iterator[str]:
    """One text for each case of the session's LVLMs: pictures, text, sampling, and the whole prompt.

    The whole prompt, through the model's own chat template, needs transformers and a model that
    lies on this machine; elsewhere the messages are shown as a server is sent them. Raises
    IadError for names and files that cannot be used, UsageError where no model is an LVLM.
    """
    cases = [case for case in suite.cases if isinstance(suite.shelf.predictor(case.model), Lvlm)]
    if not cases:
        raise UsageError(
            f"none of the models ({', '.join(suite.models)}) is asked with a prompt; "
            f"type for example --iad-model {next(iter(KNOWN))}"
        )
    for case in cases:
        suite.datasets[case.dataset].prepare(case.class_name)
        yield "\n".join(_lines(suite, case))


def _lines(suite: Suite, case: Case) -> Iterator[str]:
    model = suite.shelf.predictor(case.model)
    assert isinstance(model, Lvlm)
    siblings = suite.siblings(case)
    prompt, references = model.asked_of(siblings, case.perturbation, case.protocol)
    view = siblings.test[0]
    yield f"{suite.ids[case]} ({case.protocol})"
    for number, reference in enumerate(references, 1):
        yield f"  image {number}: reference {_picture(model, reference)}"
    how = "as it is" if case.perturbation == "original" else case.perturbation
    yield (
        f"  image {len(references) + 1}: each of {len(siblings.test)} test photographs, {how}; "
        f"the first is {view.image_path}"
    )
    yield f"  text: {prompt.text}"
    profile = model.plan.profile
    seed = f", seed {model.plan.seed}" if profile.temperature > 0 else ""
    yield f"  sampling: temperature {profile.temperature:g}, at most {profile.max_tokens} tokens{seed}"
    messages = [
        {
            "role": "user",
            "content": [
                *({"type": "image"} for _ in range(len(references) + 1)),
                {"type": "text", "text": prompt.text},
            ],
        }
    ]
    rendered = _rendered(model.plan.weights.target, messages)
    if rendered is None:
        yield f"  messages: {json.dumps(messages, ensure_ascii=False)}"
    else:
        yield "  prompt (each <|image_pad|> becomes the picture's visual tokens):"
        yield from (f"    {line}" for line in rendered.splitlines())


def _picture(model: Lvlm, sample: Sample) -> str:
    size = read_image(sample.image_path).size
    limits = model.plan.processor
    seen = ""
    if set(limits) == {"min_pixels", "max_pixels"}:
        width, height = seen_size(size, limits["min_pixels"], limits["max_pixels"])
        seen = f", seen at {width} x {height} ({visual_tokens((width, height))} tokens)"
    return f"{sample.image_path} ({size[0]} x {size[1]} pixels{seen})"


def _rendered(target: str, messages: Sequence[Mapping[str, object]]) -> str | None:
    if not Path(target).is_dir():
        return None
    try:
        from transformers import AutoTokenizer
    except ImportError:
        return None
    tokenizer = AutoTokenizer.from_pretrained(target, local_files_only=True)
    return str(tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))
