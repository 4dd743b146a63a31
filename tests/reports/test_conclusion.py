from __future__ import annotations

from observing import view_of

from iad_eval.reports.conclusion import conclusion
from iad_eval.reports.reading import dataset_views
from iad_eval.reports.threshold_table import threshold_table
from iad_eval.summary import summarise
from iad_eval.words import TrainingScores


def test_scores_without_training_scores_are_concluded_by_their_auroc() -> None:
    views = [
        view_of("parts/cup", number, number >= 4, score=float(number), model="scores:uniad.csv")
        for number in range(8)
    ]
    [view] = dataset_views(summarise(views, [], asked=8, seed=0))
    text = conclusion(view).text
    assert text.startswith("parts: scores:uniad.csv gave no training scores, so that there is no threshold")
    assert "its image AUROC is 100.0%" in text
    assert threshold_table(view) is None


def test_how_training_scores_were_taken_stands_below_the_thresholds() -> None:
    models = ("anomalib:Patchcore", "glass", "lvlm")
    views = [
        view_of("parts/cup", number, number >= 4, score=float(number), model=model)
        for number in range(8)
        for model in models
    ]
    training = [
        TrainingScores("parts", "cup", model, None, (0.0, 1.0), taken, "k")
        for model, taken in zip(models, ("5-fold", "in-sample", "asked about 9"), strict=True)
    ]
    summary = summarise(views, training, asked=24, seed=0)
    [view] = dataset_views(summary)
    table = threshold_table(view)
    assert table is not None
    assert table.notes[-1] == (
        "Training scores: anomalib:Patchcore 5-fold, each part by a fit that did not see it; "
        "glass by a fit that saw them; lvlm asked about 9."
    )
    assert summary["training_scores"] == [
        {"dataset": "parts", "model": model, "protocol": None, "taken": [taken], "n": 2}
        for model, taken in zip(models, ("5-fold", "in-sample", "asked about 9"), strict=True)
    ]
