"""Work that makes thousands of objects and no garbage, done without the garbage collector looking for some."""

from __future__ import annotations

import gc
from functools import wraps
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_S = TypeVar("_S")
_T = TypeVar("_T")


def undisturbed(method: Callable[[_S], _T]) -> Callable[[_S], _T]:
    """``method`` with the garbage collector at rest meanwhile: it would take a tenth of the time and find nothing."""

    @wraps(method)
    def run(self: _S) -> _T:
        if not gc.isenabled():
            return method(self)
        gc.disable()
        try:
            return method(self)
        finally:
            gc.enable()

    return run
