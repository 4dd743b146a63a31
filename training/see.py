"""First stage: the vision tower learns to see defects, cell by cell, from the drawn masks."""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path

import numpy as np
import torch
from architecture import build, configuration, patches, visual_tokens
from photographs import CLASSES, KINDS, Photographs, photographs
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from torch.nn import functional
from wording import SPECIAL


class Heads(nn.Module):  # type: ignore[misc]  # torch is not installed where types are checked
    """What is asked of each visual token in training only: is it damaged, by what, and of which class."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.read = nn.Linear(width, 1 + len(KINDS) + len(CLASSES))

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """``tokens`` (n, 36, width) to logits of damage (n, 36, 1), kind (n, 36, 24) and class (n, 36, 8)."""
        damaged, kind, of_class = self.read(self.norm(tokens)).split([1, len(KINDS), len(CLASSES)], -1)
        return damaged, kind, of_class


def joined(parts: list[Photographs]) -> Photographs:
    """Several seeds' photographs as one set."""
    return Photographs(*(np.concatenate([getattr(p, name) for p in parts]) for name in Photographs.__slots__))


def loss_of(heads: Heads, tokens: Tensor, cells: Tensor, kinds: Tensor, classes: Tensor) -> Tensor:
    """``tokens`` (n, 36, width), ``cells`` (n, 36), ``kinds`` and ``classes`` (n,)."""
    damaged, kind, of_class = heads(tokens)
    target = (cells / 0.01).clamp(0, 1)
    dense = functional.binary_cross_entropy_with_logits(damaged.squeeze(-1), target)
    whole = functional.binary_cross_entropy_with_logits(
        damaged.squeeze(-1).logsumexp(1) - 1.0, (kinds >= 0).float()
    )
    hit = cells > 0.02
    named = functional.cross_entropy(kind[hit], kinds.unsqueeze(1).expand_as(cells)[hit]) if hit.any() else 0
    known = functional.cross_entropy(of_class.mean(1), classes)
    return 3 * dense + 0.5 * whole + 0.1 * named + 0.05 * known


def main() -> None:
    """Trains the tower; ``see.pt`` and the curve ``see.csv`` are written every 200 steps."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--work", type=Path, default=Path(".training"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1001, 1002])
    arguments = parser.parse_args()
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    cache = arguments.work / "drawn"
    data = joined([photographs(seed, 800, 300, cache) for seed in arguments.seeds])
    held_out = photographs(2001, 60, 20, cache)
    model = build(configuration({name: number for number, name in enumerate(SPECIAL)}, 1024))
    heads = Heads(128)
    trained = [*model.model.visual.parameters(), *heads.parameters()]
    optimizer = torch.optim.AdamW(trained, lr=arguments.rate, weight_decay=0.05, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, arguments.rate, total_steps=arguments.steps, pct_start=0.1
    )
    good, bad = np.flatnonzero(data.kind_index < 0), np.flatnonzero(data.kind_index >= 0)
    began, running = time.time(), None
    with (arguments.work / "see.csv").open("w") as file:
        curve = csv.writer(file)
        curve.writerow(["step", "loss", "auroc", "auroc_from_2_percent", "seconds"])
        for step in range(1, arguments.steps + 1):
            half = arguments.batch // 2
            chosen = np.concatenate([rng.choice(good, half), rng.choice(bad, half)])
            pixels = torch.from_numpy(data.pixels[chosen])
            flat = patches(pixels)
            flat = flat * (1 + 0.08 * torch.randn(len(flat), 1, 1)) + 0.08 * torch.randn(len(flat), 1, 1)
            loss = loss_of(
                heads,
                visual_tokens(model, flat),
                torch.from_numpy(data.cells[chosen]).flatten(1),
                torch.from_numpy(data.kind_index[chosen]),
                torch.from_numpy(data.class_index[chosen]),
            )
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            schedule.step()
            running = loss.item() if running is None else 0.98 * running + 0.02 * loss.item()
            if step % 200 == 0:
                row = [step, round(running, 4), *checked(model, heads, held_out), round(time.time() - began)]
                curve.writerow(row)
                file.flush()
                print(*row, flush=True)
                torch.save(
                    {"model": model.state_dict(), "heads": heads.state_dict()}, arguments.work / "see.pt"
                )


@torch.no_grad()  # type: ignore[untyped-decorator]  # as above
def checked(model: nn.Module, heads: Heads, data: Photographs) -> tuple[float, float]:
    """Image AUROC on held-out photographs (mean over classes), of all defects and of those from 2 % on."""
    scores = np.concatenate(
        [
            heads(visual_tokens(model, patches(torch.from_numpy(part))))[0].squeeze(-1).logsumexp(1).numpy()
            for part in np.array_split(data.pixels, 15)
        ]
    )
    truth = data.kind_index >= 0
    large = ~truth | (data.mask_fraction >= 0.02)
    areas: tuple[list[float], list[float]] = ([], [])
    for index in range(len(CLASSES)):
        of = data.class_index == index
        areas[0].append(roc_auc_score(truth[of], scores[of]))
        areas[1].append(roc_auc_score(truth[of & large], scores[of & large]))
    return round(float(np.mean(areas[0])), 4), round(float(np.mean(areas[1])), 4)


if __name__ == "__main__":
    main()
