"""A run stored as one file, small enough to be committed and made to be read in a diff."""

from iad_eval.storing.condensing import stored_run
from iad_eval.storing.files import opened, read, write
from iad_eval.storing.holding import held_key
from iad_eval.storing.writing import text_of

__all__ = ["held_key", "opened", "read", "stored_run", "text_of", "write"]
