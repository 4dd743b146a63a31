"""Logistic regression on one variable by maximum likelihood, for many weightings at once."""

from __future__ import annotations

import numpy as np

from iad_eval.metrics import Bools, Floats

STEEPEST = 30.0
"""Where a coefficient of the standardised variable exceeds this, two labels are as good as separated."""

_ITERATIONS = 40
_LONGEST_STEP = 2.0  # keeps Newton's method from leaping past the maximum
_CLOSE = 1e-5  # a step's length: the next one would be of the order of its square
_FLAT = 1e-12  # a determinant of the information below this: the likelihood has no maximum within reach
_BLOCK = 1 << 16  # weights, 512 kB: what stays in a core's cache


def logistic_fit(x: Floats, y: Bools, weights: Floats) -> Floats:
    """Intercept and slope of P(y) = 1 / (1 + exp(-(intercept + slope * x))): (B, 2).

    ``x`` and ``y`` are (n,), ``weights`` (B, n). NaN where the likelihood has no maximum: all labels are
    alike, x does not vary, or a value of x separates the labels (coefficients would grow without end).
    """
    fitted = np.full((len(weights), 2), np.nan)
    if not len(x) or float(np.ptp(x)) == 0.0:
        return fitted
    centre, spread = float(x.mean()), float(x.std())
    design = np.stack([np.ones(len(x)), (x - centre) / spread], axis=1)
    squares = np.stack([np.ones(len(x)), design[:, 1], design[:, 1] ** 2], axis=1)
    [start] = _maximum(design, squares, y, np.ones((1, len(x))), np.zeros((1, 2)))
    start = np.zeros(2) if np.isnan(start).any() else start
    unlikely = _complement(design @ start)  # at one start for all, the first step is two products
    gradient = weights @ (design * (y - 1 + unlikely)[:, None])
    step, _ = _newton_step(gradient, weights @ (squares * (unlikely * (1 - unlikely))[:, None]))
    size = max(1, _BLOCK // len(x))
    for first in range(0, len(weights), size):
        block = slice(first, first + size)
        fitted[block] = _maximum(design, squares, y, weights[block], start + step[block])
    fitted[:, 1] /= spread
    fitted[:, 0] -= fitted[:, 1] * centre
    return fitted


def _maximum(design: Floats, squares: Floats, y: Bools, weights: Floats, starts: Floats) -> Floats:
    """Newton's method from ``starts`` (B, 2), each until it has converged or left the bounds."""
    found = np.full((len(weights), 2), np.nan)
    marked = weights @ (design * y[:, None])
    coefficients = starts
    active = np.arange(len(weights))
    for _ in range(_ITERATIONS):
        unlikely = _complement(coefficients @ design.T)
        expected = weights[active]
        expected -= expected * unlikely
        gradient = marked[active] - expected @ design
        expected *= unlikely
        step, is_curved = _newton_step(gradient, expected @ squares)
        coefficients = coefficients + step
        largest = np.abs(step).max(axis=1)
        is_within = is_curved & (np.abs(coefficients).max(axis=1) <= STEEPEST)
        is_done = is_within & (largest < _CLOSE)
        found[active[is_done]] = coefficients[is_done]
        goes_on = is_within & ~is_done
        active, coefficients = active[goes_on], coefficients[goes_on]
        if not len(active):
            break
    return found


def _complement(log_odds: Floats) -> Floats:
    """1 - P(y), in place: this is where the time goes."""
    with np.errstate(over="ignore"):  # then it is 0, as it should be
        np.exp(log_odds, out=log_odds)
    log_odds += 1
    return np.reciprocal(log_odds, out=log_odds)


def _newton_step(gradient: Floats, information: Floats) -> tuple[Floats, Bools]:
    """The step (B, 2), not longer than is safe, and where there is one; ``information`` is (B, 3)."""
    zeroth, first, second = information.T
    determinant = zeroth * second - first**2
    is_curved: Bools = determinant > _FLAT * np.maximum(1.0, zeroth**2)
    divisor = np.where(is_curved, determinant, 1.0)
    step = (
        np.stack(
            [
                second * gradient[:, 0] - first * gradient[:, 1],
                zeroth * gradient[:, 1] - first * gradient[:, 0],
            ],
            axis=1,
        )
        / divisor[:, None]
    )
    step *= np.minimum(1.0, _LONGEST_STEP / np.maximum(np.abs(step).max(axis=1), 1e-300))[:, None]
    return step, is_curved
