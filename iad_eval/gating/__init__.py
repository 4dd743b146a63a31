"""Gates: whether a run may pass, by the limits that were set on it."""

from iad_eval.gating.drops import drop_verdicts
from iad_eval.gating.levels import level_verdicts
from iad_eval.gating.verdict import Outcome, Verdict

__all__ = ["Outcome", "Verdict", "drop_verdicts", "level_verdicts"]
