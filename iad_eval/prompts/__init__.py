"""What a large vision-language model is asked, as data: the door to all prompts.

The paper's (section 3.2, Tables 5 to 7) lie in ``paper.toml``; ``docs/prompts.md`` has the format.
"""

from __future__ import annotations

from iad_eval.prompts.book import DEFAULT_PROTOCOLS, PAPER_SOURCE, Prompt, PromptBook
from iad_eval.prompts.loading import load
from iad_eval.prompts.origins import Origin, blamed

__all__ = ["DEFAULT_PROTOCOLS", "PAPER_SOURCE", "Origin", "Prompt", "PromptBook", "blamed", "load"]
