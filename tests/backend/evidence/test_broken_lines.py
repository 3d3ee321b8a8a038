"""Uploads over real sockets that are cut at random. The server is killed in `quittance figures uploads`."""

from __future__ import annotations

import hashlib
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import uvicorn

from scripts.anvil import free_port
from scripts.figures.upload_sender import Sender
from scripts.figures.uploads import content_of
from tests.backend.evidence.conftest import House


def test_append__lines_cut_at_random__every_file_once_and_as_it_was_sent(house: House) -> None:
    case_id, sent, cuts = house.cases.add(), dict[UUID, bytes](), 0
    with serving(house) as port:
        for number in range(6):
            sender = Sender(port, "", case_id, random.Random(number))
            content = content_of(sender.chance)
            sent[sender.hand_in(f"{number}.pdf", content)] = hashlib.sha256(content).digest()
            cuts += sender.cuts

    read = {u: hashlib.sha256(house.get(f"/v1/cases/{case_id}/evidence/{u}").content).digest() for u in sent}
    assert read == sent
    assert len(sent) == 6
    assert cuts > 6
    records = house.rows("SELECT record_id FROM evidence_uploads WHERE case_id = :c", c=case_id)
    assert len({row.record_id for row in records}) == 6
    assert house.rows("SELECT 1 FROM evidence_pieces JOIN evidence_uploads USING (upload_id) WHERE case_id = :c",
                      c=case_id) == []  # fmt: skip


@contextmanager
def serving(house: House) -> Iterator[int]:
    """The house's application behind a real server. Yields its port."""
    port = free_port()
    config = uvicorn.Config(house.app, port=port, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    yield port
    server.should_exit = True
    thread.join()
