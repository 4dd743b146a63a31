"""Second and third stage: the language model learns to answer from what the tower sees, then both learn."""

from __future__ import annotations

import argparse
import csv
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from architecture import build, configuration, patches, visual_tokens
from photographs import CLASSES, GRID, KINDS, Photographs, photographs
from see import joined
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedTokenizerFast, Qwen2VLForConditionalGeneration
from wording import (
    ALONE,
    INVERTED,
    PAPER,
    QUESTIONS,
    SENTENCES,
    SPECIAL,
    no,
    prompt,
    tokenizer,
    yes,
)

CELLS = GRID * GRID


@dataclass(frozen=True)
class Layout:
    """One question laid out: its tokens, their positions and where the pictures stand."""

    ids: Tensor
    positions: Tensor
    pictures: Tensor
    images: int
    inverted: bool


class Asker:
    """Makes batches of questions and answers; all of a batch share one question."""

    def __init__(
        self, model: Qwen2VLForConditionalGeneration, words: PreTrainedTokenizerFast, data: Photographs
    ) -> None:
        self.model, self.words, self.data = model, words, data
        self.layouts: dict[tuple[str, int, bool], Layout] = {}
        self.good = np.flatnonzero(data.kind_index < 0)
        self.bad = np.flatnonzero(data.kind_index >= 0)
        self.good_of = [
            np.flatnonzero((data.kind_index < 0) & (data.class_index == index))
            for index in range(len(CLASSES))
        ]
        self.answers = {
            inverted: [
                self._tokens(
                    yes(KINDS[kind], cells, inverted=inverted)
                    if kind >= 0
                    else no(CLASSES[of], inverted=inverted)
                )
                for kind, cells, of in zip(data.kind_index, data.cells, data.class_index, strict=True)
            ]
            for inverted in (False, True)
        }

    def _tokens(self, text: str) -> list[int]:
        found: list[int] = self.words(text + "<|im_end|>")["input_ids"]
        return found

    def layout(self, question: str, images: int, inverted: bool) -> Layout:
        """A question about so many pictures, laid out once."""
        key = (question, images, inverted)
        if key not in self.layouts:
            ids = torch.tensor([self.words(prompt(question, images, CELLS))["input_ids"]])
            kinds = (ids == self.model.config.image_token_id).int()
            grid = torch.tensor([[1, 2 * GRID, 2 * GRID]] * images)
            positions, _ = self.model.model.get_rope_index(ids, kinds, image_grid_thw=grid)
            self.layouts[key] = Layout(ids[0], positions[:, 0], kinds[0].bool(), images, inverted)
        return self.layouts[key]

    def question(self, rng: np.random.Generator) -> Layout:
        """The paper's question in two of three batches; others, inverted, without reference in the rest."""
        lot = rng.random()
        if lot < 0.55:
            return self.layout(PAPER, 2, False)
        if lot < 0.65:
            return self.layout(f"{PAPER} {rng.choice(SENTENCES)}", 2, False)
        if lot < 0.75:
            return self.layout(str(rng.choice(QUESTIONS)), 2, False)
        if lot < 0.87:
            return self.layout(str(rng.choice(INVERTED)), 2, True)
        return self.layout(str(rng.choice(ALONE)), 1, False)

    def chosen(self, rng: np.random.Generator, batch: int) -> tuple[np.ndarray, np.ndarray]:
        """Which views (half of them damaged), and a good photograph of the same class for each."""
        views = np.concatenate([rng.choice(self.good, batch // 2), rng.choice(self.bad, batch - batch // 2)])
        references = np.array([rng.choice(self.good_of[of]) for of in self.data.class_index[views]])
        return views, references


class Aux(nn.Module):  # type: ignore[misc]  # torch is not installed where types are checked
    """Asked of the language model's own states at the view's tokens, in training only."""

    def __init__(self, width: int, layers: int) -> None:
        super().__init__()
        self.read = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 1)) for _ in range(layers)
        )


def states(
    model: Qwen2VLForConditionalGeneration, layout: Layout, pictures: Tensor, answers: Tensor | None
) -> tuple[Tensor, list[Tensor]]:
    """``pictures`` (n, images * 36, width); returns the last states and those after each layer."""
    lm = model.model.language_model
    n = len(pictures)
    embedded = lm.embed_tokens(layout.ids).unsqueeze(0).expand(n, -1, -1).clone()
    embedded[:, layout.pictures] = pictures
    positions = layout.positions
    if answers is not None:
        embedded = torch.cat([embedded, lm.embed_tokens(answers)], 1)
        more = positions.max() + 1 + torch.arange(answers.shape[1])
        positions = torch.cat([positions, more.unsqueeze(0).expand(3, -1)], 1)
    out = lm(
        inputs_embeds=embedded,
        position_ids=positions.unsqueeze(1).expand(3, n, -1),
        use_cache=False,
        output_hidden_states=True,
    )
    return out.last_hidden_state, list(out.hidden_states)


def main() -> None:
    """Trains both stages; weights and curve are written every 150 steps."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1800)
    parser.add_argument("--stop-after", type=int, help="end the first stage early, its rate not yet at rest")
    parser.add_argument("--together", type=int, default=0)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--together-rate", type=float, default=5e-4)
    parser.add_argument("--work", type=Path, default=Path(".training"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1001, 1002])
    parser.add_argument("--start", type=str, default="see.pt")
    parser.add_argument("--out", type=str, default="answer.pt")
    arguments = parser.parse_args()
    torch.manual_seed(1)
    rng = np.random.default_rng(1)
    cache = arguments.work / "drawn"
    data = joined([photographs(seed, 800, 300, cache) for seed in arguments.seeds])
    held_out = photographs(2001, 60, 20, cache)
    words = tokenizer()
    ids = {name: words.convert_tokens_to_ids(name) for name in SPECIAL}
    model = build(configuration(ids, -(-len(words) // 64) * 64))
    loaded = torch.load(arguments.work / arguments.start)
    if "stage" in loaded:
        model.load_state_dict(loaded["model"])
    else:
        visual = {k: v for k, v in loaded["model"].items() if k.startswith("model.visual.")}
        assert not model.load_state_dict(visual, strict=False).unexpected_keys
    aux = Aux(128, 3)
    began = time.time()
    with (arguments.work / f"{arguments.out}.csv").open("w") as file:
        curve = csv.writer(file)
        curve.writerow(
            ["stage", "step", "loss", "balanced_accuracy", "auroc", "balanced_from_2_percent", "seconds"]
        )
        for stage, steps, rate in (
            ("answer", arguments.steps, arguments.rate),
            ("together", arguments.together, arguments.together_rate),
        ):
            if steps == 0:
                continue
            frozen = stage == "answer"
            asker = Asker(model, words, data)
            seen = _all_seen(model, data) if frozen else None
            trained = list(model.model.language_model.parameters()) + list(aux.parameters())
            if not frozen:
                trained += list(model.model.visual.parameters())
            optimizer = torch.optim.AdamW(trained, lr=rate, weight_decay=0.02, betas=(0.9, 0.98))
            schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps, pct_start=0.1)
            running = None
            for step in range(1, steps + 1):
                if frozen and arguments.stop_after is not None and step > arguments.stop_after:
                    break
                layout = asker.question(rng)
                views, references = asker.chosen(rng, arguments.batch)
                order = [references, views] if layout.images == 2 else [views]
                if seen is not None:
                    pictures = torch.cat([seen[each] for each in order], 1)
                else:
                    flat = patches(torch.from_numpy(data.pixels[np.concatenate(order)]))
                    flat = flat * (1 + 0.08 * torch.randn(len(flat), 1, 1)) + 0.08 * torch.randn(
                        len(flat), 1, 1
                    )
                    tokens = visual_tokens(model, flat)
                    pictures = torch.cat(tokens.split(len(views)), 1)
                loss = _loss(model, aux, asker, layout, pictures, views)
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(trained, 1.0)
                optimizer.step()
                schedule.step()
                running = loss.item() if running is None else 0.98 * running + 0.02 * loss.item()
                if step % 150 == 0 or step == steps:
                    row = [
                        stage,
                        step,
                        round(running, 4),
                        *checked(model, asker, held_out),
                        round(time.time() - began),
                    ]
                    curve.writerow(row)
                    file.flush()
                    print(*row, flush=True)
                    torch.save({"model": model.state_dict(), "stage": stage}, arguments.work / arguments.out)


@torch.no_grad()  # type: ignore[untyped-decorator]  # as above
def _all_seen(model: Qwen2VLForConditionalGeneration, data: Photographs) -> Tensor:
    parts = np.array_split(data.pixels, -(-len(data) // 256))
    return torch.cat([visual_tokens(model, patches(torch.from_numpy(part))) for part in parts])


def _loss(
    model: Qwen2VLForConditionalGeneration,
    aux: Aux,
    asker: Asker,
    layout: Layout,
    pictures: Tensor,
    views: np.ndarray,
) -> Tensor:
    said = [asker.answers[layout.inverted][view] for view in views]
    length = max(map(len, said))
    answers = torch.tensor([each + [-100] * (length - len(each)) for each in said])
    last, layers = states(model, layout, pictures, answers[:, :-1].clamp(min=0))
    begins = len(layout.ids) - 1
    logits = model.lm_head(last[:, begins:])
    each = functional.cross_entropy(
        logits.flatten(0, 1), answers.flatten(), ignore_index=-100, reduction="none"
    )
    each = each.view(len(views), -1)
    answered = 1.0 * each[:, 0].mean() + 0.3 * each[:, 1:].sum() / (answers[:, 1:] >= 0).sum()
    place = torch.where(layout.pictures)[0][-CELLS:]
    target = (torch.from_numpy(asker.data.cells[views]).flatten(1) / 0.01).clamp(0, 1)
    dense = sum(
        functional.binary_cross_entropy_with_logits(read(layers[number + 1][:, place]).squeeze(-1), target)
        for number, read in enumerate(aux.read)
        if number + 1 < len(layers) - 1
    )
    return answered + 1.0 * dense


@torch.no_grad()  # type: ignore[untyped-decorator]  # as above
def checked(
    model: Qwen2VLForConditionalGeneration, asker: Asker, data: Photographs
) -> tuple[float, float, float]:
    """Balanced accuracy and AUROC (mean over classes) on held-out photographs, the first from 2 % on too."""
    layout = asker.layout(PAPER, 2, False)
    first_good = [
        np.flatnonzero((data.kind_index < 0) & (data.class_index == of))[0] for of in range(len(CLASSES))
    ]
    spelt = [asker.words.convert_tokens_to_ids("Yes"), asker.words.convert_tokens_to_ids("No")]
    seen = _all_seen(model, data)
    scores = []
    for part in np.array_split(np.arange(len(data)), 20):
        references = [first_good[of] for of in data.class_index[part]]
        last, _ = states(model, layout, torch.cat([seen[references], seen[part]], 1), None)
        logits = model.lm_head(last[:, -1])[:, spelt]
        scores.append(logits.softmax(-1)[:, 0].numpy())
    score = np.concatenate(scores)
    truth = data.kind_index >= 0
    kept = np.ones(len(data), bool)
    kept[first_good] = False
    large = ~truth | (data.mask_fraction >= 0.02)

    def balanced(of: np.ndarray) -> float:
        return float(((score > 0.5)[of & truth].mean() + (score <= 0.5)[of & ~truth].mean()) / 2)

    areas = []
    for index in range(len(CLASSES)):
        of = (data.class_index == index) & kept
        areas.append((roc_auc_score(truth[of], score[of]), balanced(of)))
    return (
        round(balanced(kept), 4),
        round(float(np.mean([a for a, _ in areas])), 4),
        round(balanced(kept & large), 4),
    )


if __name__ == "__main__":
    main()
