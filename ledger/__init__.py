"""The chain as Python sees it: bindings, typed data, events, sending, replay, verification."""

import contextlib
import importlib
import sys

PYTHON_RECURSION_LIMIT = 1_000
"""Python's own default."""

# eth-account brings py_ecc, which raises the limit to 100,000 when it is first imported. A JSON text of a hundred
# thousand brackets, from a file or over HTTP, would then overflow the stack and kill the process instead of being
# refused. Nothing here needs the curves for which py_ecc wants it.
with contextlib.suppress(ImportError):
    importlib.import_module("py_ecc")
sys.setrecursionlimit(PYTHON_RECURSION_LIMIT)
