"""Stored models: the same bytes, the same answers, and nothing foreign let in."""

import json
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import FunctionTransformer
from skops.io import dumps, get_untrusted_types

from oracle.risk.learned.card import write_model
from oracle.risk.learned.errors import ModelUnusable
from oracle.risk.learned.pipeline import Algorithm
from oracle.risk.learned.store import (
    CARD_FILE,
    MODEL_FILE,
    TRUSTED_TYPES,
    canonical,
    from_bytes,
    load_model,
    packed,
    to_bytes,
    unpacked,
)
from oracle.risk.learned.train import Trained, train_task
from tests.oracle.risk.learned.made_up import TASK, applicants


@pytest.fixture(scope="module", params=list(Algorithm))
def trained(request: pytest.FixtureRequest) -> Trained:
    return train_task(replace(TASK, at_use={"systolic_mmhg": 120}), applicants(1_200), "", algorithms=(request.param,))


def test_from_bytes__stored_model__answers_the_same(trained: Trained) -> None:
    stored = to_bytes(trained.model)

    again = from_bytes(stored)

    frame = applicants(300, seed=2)
    np.testing.assert_array_equal(again.probabilities(frame), trained.model.probabilities(frame))
    np.testing.assert_array_equal(again.probability_bps(frame), trained.model.probability_bps(frame))
    assert (again.threshold, again.at_use) == (trained.model.threshold, trained.model.at_use)
    assert to_bytes(again) == stored == to_bytes(trained.model)


def test_to_bytes__either_algorithm__holds_no_type_beyond_the_list(trained: Trained) -> None:
    foreign = get_untrusted_types(data=to_bytes(trained.model))

    assert foreign
    assert set(foreign) <= set(TRUSTED_TYPES)


def test_load_model__folder_written__the_model(trained: Trained, tmp_path: Path) -> None:
    write_model(trained, tmp_path)

    assert load_model(tmp_path).threshold == trained.model.threshold


def test_load_model__model_altered__refused_before_it_is_opened(trained: Trained, tmp_path: Path) -> None:
    write_model(trained, tmp_path)
    (tmp_path / MODEL_FILE).write_bytes(to_bytes(replace(trained.model, threshold=0.0001)))

    with pytest.raises(ModelUnusable, match="not the hash its card gives"):
        load_model(tmp_path)


@pytest.mark.parametrize("card", [None, "{", "[]", json.dumps({"name": "x"})])
def test_load_model__card_missing_or_broken__refused(trained: Trained, tmp_path: Path, card: str | None) -> None:
    write_model(trained, tmp_path)
    (tmp_path / CARD_FILE).unlink() if card is None else (tmp_path / CARD_FILE).write_text(card)

    with pytest.raises(ModelUnusable):
        load_model(tmp_path)


class Loud:
    """Says so when it is unpickled."""

    ran = False
    word = ""

    def __setstate__(self, state: object) -> None:
        Loud.ran = True


def test_from_bytes__foreign_type__refused_and_nothing_made() -> None:
    loud = Loud()
    loud.word = "x"

    with pytest.raises(ModelUnusable, match="Loud"):
        from_bytes(canonical(dumps({"pipeline": loud})))

    assert not Loud.ran


def test_from_bytes__a_function_in_a_transformer__refused() -> None:
    stored = dumps({"pipeline": FunctionTransformer(eval)})

    with pytest.raises(ModelUnusable, match="eval"):
        from_bytes(stored)


@pytest.mark.parametrize("stored", [b"", b"PK", pickle.dumps({"pipeline": 1}), dumps({"x": 1}), dumps(["x"])])
def test_from_bytes__no_model__refused(stored: bytes) -> None:
    with pytest.raises(ModelUnusable):
        from_bytes(stored)


def test_from_bytes__estimator_that_is_no_pipeline__refused(trained: Trained) -> None:
    content = unpacked(to_bytes(trained.model))

    with pytest.raises(ModelUnusable):
        from_bytes(packed({**content, "pipeline": LogisticRegression()}))
