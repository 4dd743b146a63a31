"""The results of a run: rebuilt from its directory alone, written beside the observations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from iad_eval.circumstances import now
from iad_eval.identity import digest_json
from iad_eval.predictions import write_predictions
from iad_eval.reports import Document, summary_document
from iad_eval.reports.markdown import render
from iad_eval.run import RunDirectory
from iad_eval.store import write_atomically
from iad_eval.summary import summarise
from iad_eval.words import Json, Observation
