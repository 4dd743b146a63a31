"""One thread for the arithmetic: sums come out the same whatever the machine has to spare."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController

_alone = threading.RLock()


@contextmanager
def one_thread(*, looking_again: bool = False) -> Iterator[None]:
    """Keeps linear algebra to one thread, for one caller at a time: the limit is the process's.

    A library that splits a product among threads may add in another order; then the same
    image would get scores that differ in their last bits from one machine load to the next.
    ``looking_again`` finds libraries that were imported since the first call, too.
    """
    with _alone:
        if looking_again:
            _pools.cache_clear()
        with _pools().limit(limits=1):
            yield


@cache
def _pools() -> ThreadpoolController:
    return ThreadpoolController()  # kept: looking for them takes as long as an eighth of a score
