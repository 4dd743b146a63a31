"""What the file of a stored run looks like: one JSON object, its parts in this order.

``iad_eval stored run``: format and how such a file is made. ``circumstances``: pretty-printed.
``planned``: a line for each class and asker, with the views of each perturbation.
``answers_cut_at``: characters, or null. ``classes``: each with

* ``photographs``: a line each: name (what follows ``folder`` is the sample), defect, truth, digest;
* ``askers``: each with ``cases``, a line for each perturbation; ``answers``, each distinct one under
  its short name; and ``said``, a line for each photograph: its name, its verdicts, scores, answers.

Verdicts are a word for each case: a letter for each of the case's ``thresholds``, in their order,
:data:`NO_THRESHOLD` where it has none, :data:`NOT_JUDGED` where the photograph was not asked about
in that view or the view failed. Scores and answers are those of the judged views whose case
``has`` them, in the order of the cases.
"""

from __future__ import annotations

from iad_eval.judging import ANOMALOUS, NORMAL, UNREADABLE
from iad_eval.words import SCORE_THRESHOLDS, Threshold

KIND = "iad_eval stored run"
FORMAT = 1
MADE_BY = "python -m iad_eval store RUN -o FILE"

LETTERS = {ANOMALOUS: "a", NORMAL: "n", UNREADABLE: "u"}
NOT_JUDGED, NO_THRESHOLD = "-", "."
THRESHOLDS: tuple[Threshold, ...] = (*SCORE_THRESHOLDS, "answer")
"""In the order in which a file lists them."""
