"""A trained model as a file: skops with a short list of types let in, never pickle; the same model, the same bytes.

A folder holds `model.skops`, and `model_card.json` with its SHA-256. Loading checks the hash, then the types, and only
then makes objects. The card is to come from where the model is trusted to come from: it says which bytes are meant.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np
from sklearn.pipeline import Pipeline
from skops.io import dumps, get_untrusted_types, loads

from oracle.risk.learned.calibration import Calibrator
from oracle.risk.learned.errors import ModelUnusable
from oracle.risk.learned.model import LearnedModel
from oracle.risk.learned.pipeline import Algorithm

MODEL_FILE: Final = "model.skops"
CARD_FILE: Final = "model_card.json"
TRUSTED_TYPES: Final = (
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
)
"""Types let in beside the plain ones of scikit-learn and numpy: the trees of the two algorithms."""
MOST_BYTES: Final = 500_000_000
_RETRAIN: Final = "Train the model again, or fetch the files again"
_IDENTITY: Final = re.compile(rb'"__id__": (\d+)')
_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)


def to_bytes(model: LearnedModel) -> bytes:
    """The model as skops writes it, without what differs from one process to the next (addresses, times)."""
    return packed({
        "name": model.name,
        "algorithm": model.algorithm.value,
        "numeric": list(model.numeric),
        "categorical": list(model.categorical),
        "at_use": dict(model.at_use),
        "pipeline": model.pipeline,
        "calibrator": [model.calibrator.kind, list(model.calibrator.knots), list(model.calibrator.values)],
        "threshold": model.threshold,
    })  # fmt: skip


def packed(content: dict[str, object]) -> bytes:
    """Named contents as a canonical skops archive."""
    return canonical(dumps(content))


def canonical(written: bytes) -> bytes:
    """A skops archive with its object numbers counted from 1 in order of appearance, and no time of writing."""
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        schema = archive.read("schema.json")
        numbers: dict[bytes, bytes] = {}
        for found in _IDENTITY.finditer(schema):
            numbers.setdefault(found.group(1), str(len(numbers) + 1).encode())
        schema = _IDENTITY.sub(lambda found: b'"__id__": ' + numbers[found.group(1)], schema)
        names = sorted(set(archive.namelist()) - {"schema.json"}, key=lambda name: _number_of(name, numbers))
        members: list[tuple[str, bytes]] = []
        for name in names:
            stem, _, ending = name.rpartition(".")
            other = f"{numbers[stem.encode()].decode()}.{ending}"
            schema = schema.replace(f'"{name}"'.encode(), f'"{other}"'.encode())
            members.append((other, _without_gaps(archive.read(name)) if ending == "npy" else archive.read(name)))
    return _zipped([("schema.json", schema), *members])


def _without_gaps(stored: bytes) -> bytes:
    """An array whose records have zeros in the gaps between their fields, where memory leaves what was there before."""
    array = np.load(io.BytesIO(stored), allow_pickle=False)
    if array.dtype.names is None:
        return stored
    clean = np.zeros(array.shape, array.dtype)
    for field in array.dtype.names:
        clean[field] = array[field]
    written = io.BytesIO()
    np.save(written, clean, allow_pickle=False)
    return written.getvalue()


def _number_of(name: str, numbers: dict[bytes, bytes]) -> int:
    return int(numbers[name.rpartition(".")[0].encode()])


def _zipped(members: list[tuple[str, bytes]]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name, _EARLIEST), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def from_bytes(stored: bytes) -> LearnedModel:
    """A model kept by `to_bytes`.

    Raises:
        ModelUnusable: A type is in it that is not let in, or it is not such a model at all.
    """
    content = unpacked(stored)
    try:
        return _model_of(content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelUnusable(MODEL_FILE, type(error).__name__, "is not a model of ours", _RETRAIN) from error


def unpacked(stored: bytes) -> Any:
    """What `packed` was given. Types are looked at before anything is made of them.

    Raises:
        ModelUnusable: A type is in it that is not let in, or it is no skops archive.
    """
    if len(stored) > MOST_BYTES:
        raise ModelUnusable(MODEL_FILE, len(stored), f"is larger than {MOST_BYTES:,} bytes", _RETRAIN)
    try:
        foreign = sorted(set(get_untrusted_types(data=stored)) - set(TRUSTED_TYPES))
    except Exception as error:  # whatever a broken or hostile archive makes skops raise, nothing was made of it
        raise ModelUnusable(MODEL_FILE, type(error).__name__, "cannot be read as a model", _RETRAIN) from error
    if foreign:
        raise ModelUnusable(MODEL_FILE, ", ".join(foreign), "is a type no model of ours holds", _RETRAIN)
    try:
        return loads(stored, trusted=list(TRUSTED_TYPES))
    except Exception as error:
        raise ModelUnusable(MODEL_FILE, type(error).__name__, "cannot be read as a model", _RETRAIN) from error


def _model_of(content: Any) -> LearnedModel:
    kind, knots, values = content["calibrator"]
    if not isinstance(content["pipeline"], Pipeline):
        raise TypeError("pipeline")
    return LearnedModel(
        name=str(content["name"]),
        algorithm=Algorithm(content["algorithm"]),
        numeric=tuple(content["numeric"]),
        categorical=tuple(content["categorical"]),
        at_use=dict(content["at_use"]),
        pipeline=content["pipeline"],
        calibrator=Calibrator(str(kind), tuple(knots), tuple(values)),
        threshold=float(content["threshold"]),
    )


def digest_of_model(stored: bytes) -> str:
    """SHA-256 of a stored model, hex."""
    return hashlib.sha256(stored).hexdigest()


def load_model(folder: Path) -> LearnedModel:
    """The model of a folder `write_model` filled.

    Raises:
        ModelUnusable: A file is missing or is not what the card says, or a type is not let in.
    """
    try:
        card = json.loads((folder / CARD_FILE).read_text("utf-8"))
        stored = (folder / MODEL_FILE).read_bytes()
        expected = card["model_sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        problem = f"has no readable {CARD_FILE} and {MODEL_FILE}"
        raise ModelUnusable("model", str(folder), problem, _RETRAIN) from error
    if digest_of_model(stored) != expected:
        raise ModelUnusable(MODEL_FILE, digest_of_model(stored), "is not the hash its card gives", _RETRAIN)
    return from_bytes(stored)
