"""What becomes of sealed records: keys rotate, duties end, people are erased, and old records still open."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from alembic import command
from alembic.config import Config
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from sqlalchemy import text

import backend.migrations
from backend.audit.entries import HOUSE_TENANT
from backend.audit.sequencer import Sequencer
from backend.database import Database
from backend.problems import Problem
from backend.vault import erasure, purge, rotation, service, standing
from backend.vault.envelopes import RecordUnreadable
from backend.vault.key_files import FileKeys
from backend.vault.keys import HeldKeys
from backend.vault.records import applicant_id, subject_of
from backend.vault.retention import (
    Category,
    Purpose,
    RetentionInvalid,
    Term,
    add_years,
    house_rules,
    load_rules,
)
from backend.vault.sealing import Vault, read_content
from domain.hashing import canonical_json
from tests.backend.vault_room import (
    ADA,
    BEN,
    DATA,
    DAY,
    START,
    WORKER,
    make_vault,
    no_contracts,
    nothing_besides,
    opened,
    seal,
)

CONTRACT = subject_of(7)


def erase(database: Database, vault: Vault, person: UUID = ADA) -> erasure.Certificate:
    with database.every_tenant() as session:
        return erasure.erase(session, vault, WORKER, person_id=person, reason="asked", terms=no_contracts)


def test_rewrap_all__new_key__everything_under_it_and_still_opens(database: Database, tmp_path: Path) -> None:
    vault, _ = make_vault(tmp_path)
    records = [seal(database, vault) for _ in range(5)]
    old = vault.keys.current_id()

    fresh = rotation.new_key(database, vault)
    between = seal(database, vault)
    before = rotation.status(database, vault)
    pauses: list[int] = []
    done = rotation.rewrap_all(database, vault, batch=2, pause=lambda: pauses.append(1))
    after = rotation.status(database, vault)

    assert before.records == {old: 5, fresh: 1}
    assert (done.done, done.unreadable, len(pauses)) == (5, (), 3)
    assert (after.records, after.behind) == ({fresh: 6}, 0)
    assert all(opened(database, vault, record_id) == DATA for record_id in [*records, between])


def test_rewrap_all__stopped_in_the_middle__goes_on_where_it_was(database: Database, tmp_path: Path) -> None:
    vault, _ = make_vault(tmp_path)
    records = [seal(database, vault) for _ in range(5)]
    rotation.new_key(database, vault)

    def fail() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotation.rewrap_all(database, vault, batch=2, pause=fail)
    stopped = rotation.status(database, vault).behind
    done = rotation.rewrap_all(database, vault, batch=2).done

    assert (stopped, done) == (3, 3)
    assert all(opened(database, vault, record_id) == DATA for record_id in records)


def test_rewrap_all__a_key_is_lost__does_the_rest_and_names_what_does_not_open(
    database: Database, tmp_path: Path
) -> None:
    vault, _ = make_vault(tmp_path)
    seal(database, vault)
    lost = seal(database, Vault(HeldKeys.of(b"x" * 32), clock=vault.clock))
    rotation.new_key(database, vault)

    found = rotation.rewrap_all(database, vault, batch=1)

    assert (found.done, found.unreadable) == (1, (lost,))


def test_destroy_old_keys__records_behind__refused_and_nothing_is_lost(database: Database, tmp_path: Path) -> None:
    vault, clock = make_vault(tmp_path)
    record_id = seal(database, vault)
    rotation.new_key(database, vault)
    clock.now += 7200

    with pytest.raises(rotation.KeysInUse, match="1 records are not under key"):
        rotation.destroy_old_keys(database, vault)

    assert opened(database, vault, record_id) == DATA


def test_destroy_old_keys__retired_just_now__waits_for_requests_on_their_way(
    database: Database, tmp_path: Path
) -> None:
    vault, clock = make_vault(tmp_path)
    record_id = seal(database, vault)
    rotation.new_key(database, vault)
    rotation.rewrap_all(database, vault)

    at_once = rotation.destroy_old_keys(database, vault)
    clock.now += rotation.GRACE_SECONDS + 1
    later = rotation.destroy_old_keys(database, vault)

    assert (len(at_once), len(later)) == (0, 1)
    assert opened(database, vault, record_id) == DATA


def test_open_record__rewrapped_and_old_key_destroyed_while_it_was_being_read__opens(
    database: Database, tmp_path: Path
) -> None:
    vault, clock = make_vault(tmp_path)
    record_id = seal(database, vault)

    class Late(Vault):
        """Finds the world changed between row and key."""

        def unseal(self, record):  # type: ignore[no-untyped-def]  # as Vault's
            if not clock.now > START:
                rotation.new_key(database, vault)
                rotation.rewrap_all(database, vault)
                clock.now += 7200
                rotation.destroy_old_keys(database, vault)
            return super().unseal(record)

    assert opened(database, Late(vault.keys, clock=clock), record_id, who=WORKER) == DATA


def dump(database: Database) -> str:
    with database.every_tenant() as session:
        rows = session.execute(text("SELECT * FROM vault_records ORDER BY record_id")).all()
    return repr(rows)


def test_erase__no_duty__destroyed_certified_audited_and_others_untouched(database: Database, tmp_path: Path) -> None:
    vault, clock = make_vault(tmp_path)
    record_id, other = seal(database, vault), seal(database, vault, person=BEN)

    certificate = erase(database, vault)

    with pytest.raises(Problem, match=f"was destroyed at {clock.now}"):
        opened(database, vault, record_id)
    assert opened(database, vault, other) == DATA
    told = erasure.document(certificate)
    assert told["destroyed_records"] == [str(record_id)]
    assert told["commitments_left_on_chain"] == ["0x" + bytes(range(32)).hex()]
    Sequencer(database).step()
    with database.every_tenant() as session:
        leaf = session.scalar(text("SELECT leaf FROM audit_entries WHERE operation = 'vault.erase'"))
    assert json.loads(leaf or "{}")["content"]["facts"]["certificate"] == erasure.certificate_hash(certificate).hex()
    with pytest.raises(Problem, match="Nothing is sealed of person"):
        erase(database, vault)


def test_erase__keys_destroyed_after__a_back_up_from_before_does_not_open_and_the_certificate_says_since_when(
    database: Database, tmp_path: Path
) -> None:
    vault, clock = make_vault(tmp_path)
    record_id = seal(database, vault)
    with database.every_tenant() as session:
        backup = service.repository.get(session, record_id)
    assert backup is not None
    certificate = erase(database, vault)
    still = read_content(backup, Vault(FileKeys(tmp_path / "vault.key")).unseal(backup))[0]

    rotation.new_key(database, vault)
    rotation.rewrap_all(database, vault)
    clock.now += 7200
    rotation.destroy_old_keys(database, vault)

    with database.every_tenant() as session:
        closed = standing.certificate(session, certificate.certificate_id)
    assert still == DATA
    assert closed is not None
    assert closed.keys_destroyed_at == clock.now
    with pytest.raises(Exception, match="is not held here"):
        Vault(FileKeys(tmp_path / "vault.key")).unseal(backup)


def test_erase__contract_ended_lately__refused_with_the_day_and_possible_after_it(
    database: Database, tmp_path: Path
) -> None:
    vault, clock = make_vault(tmp_path)
    record_id = seal(database, vault, subject=CONTRACT)
    with database.every_tenant() as session:
        service.note_contract_end(session, CONTRACT, START)
    until = add_years(START, 5)

    clock.now = until - 1
    with pytest.raises(Problem, match=str(datetime.fromtimestamp(until, UTC).date())) as caught:
        erase(database, vault)
    clock.now = until
    certificate = erase(database, vault)

    assert (caught.value.code, caught.value.values["keep_until"]) == ("retention_running", until)
    assert certificate.record_ids == (record_id,)


def test_erase__policy_on_the_chain_the_vault_was_not_told_of__refused(database: Database, tmp_path: Path) -> None:
    vault, _ = make_vault(tmp_path)
    seal(database, vault, subject=CONTRACT)

    with pytest.raises(Problem, match="must be kept until"), database.every_tenant() as session:
        erasure.erase(
            session, vault, WORKER, person_id=ADA, reason="asked",
            terms=lambda _s, found: dict.fromkeys(found, Term(START)),
        )  # fmt: skip


def test_purge__each_category__destroyed_on_its_day_and_not_before(database: Database, tmp_path: Path) -> None:
    vault, clock = make_vault(tmp_path)
    with database.every_tenant() as session:
        service.give_consent(
            session, vault, WORKER, person_id=ADA, category=Category.THIRD_PARTY, purpose=Purpose.UNDERWRITING,
            evidence_hash=bytes(32),
        )  # fmt: skip
    for category in (Category.APPLICATION, Category.THIRD_PARTY):
        seal(database, vault, category=category, subject=CONTRACT)
    seal(database, vault, person=BEN)
    with database.every_tenant() as session:
        service.note_contract_end(session, CONTRACT, START)

    def purged(now: int, *, dry: bool = False) -> dict[str, int]:
        clock.now = now
        return dict(purge.purge(database, vault, no_contracts, nothing_besides, dry=dry).due)

    assert purged(START + 180 * DAY - 1) == {}
    assert purged(START + 180 * DAY, dry=True) == purged(START + 180 * DAY) == {"application": 1}
    assert purged(add_years(START, 1) - 1) == {}
    assert purged(add_years(START, 1)) == {"third_party": 1}
    assert purged(add_years(START, 5) - 1) == {}
    assert purged(add_years(START, 5), dry=True) == {"application": 1}
    assert purged(add_years(START, 5)) == {"application": 1}
    assert purged(add_years(START, 50)) == {}


def test_purge__long_term_or_restricted__kept(database: Database, tmp_path: Path) -> None:
    vault, clock = make_vault(tmp_path)
    seal(database, vault, subject=CONTRACT)
    seal(database, vault, person=BEN)
    with database.every_tenant() as session:
        service.note_contract_end(session, CONTRACT, START, long_term=True)
        service.restrict(session, vault, WORKER, person_id=BEN, reason="disputed")

    clock.now = add_years(START, 10) - 1
    kept = purge.purge(database, vault, no_contracts, nothing_besides, dry=False)
    clock.now = add_years(START, 10)
    due = purge.purge(database, vault, no_contracts, nothing_besides, dry=False)

    assert (kept.due, kept.kept, kept.held) == ({}, {"application": 1}, {"application": 1})
    assert (due.due, due.held) == ({"application": 1}, {"application": 1})


def test_purge__policy_on_the_chain__its_end_is_noted_and_counts(database: Database, tmp_path: Path) -> None:
    vault, clock = make_vault(tmp_path)
    seal(database, vault, subject=CONTRACT)
    clock.now = START + 200 * DAY

    told = purge.purge(database, vault, lambda _s, found: dict.fromkeys(found, Term(START)), nothing_besides, dry=False)

    assert (told.due, told.terms_noted) == ({}, 1)


def test_step__twice_within_a_day__purges_once(database: Database, tmp_path: Path) -> None:
    vault, clock = make_vault(tmp_path)
    seal(database, vault, subject=CONTRACT)
    asked: list[int] = []
    daily = purge.DailyPurge(database, vault, lambda _s, _f: asked.append(clock.now) or {}, nothing_besides)

    for wait in (0, 3600, DAY):
        clock.now += wait
        daily.step()

    assert len(asked) == 4  # a dry run before each of two


def test_house_rules__what_the_manual_asks_for__is_there() -> None:
    rules = house_rules()

    for category, rule in rules.categories.items():
        if rule.file and category is not Category.THIRD_PARTY:
            assert (rule.keep_years, rule.keep_years_long_term) >= (5, 10)
    assert rules.categories[Category.THIRD_PARTY].purge_years == 1
    assert rules.categories[Category.THIRD_PARTY].basis == "consent"


def test_load_rules__purge_before_the_duty_ends__refused(tmp_path: Path) -> None:
    from backend.vault.retention import PATH

    path = tmp_path / "retention.yaml"
    path.write_text(PATH.read_text("utf-8").replace("purge_years: 5", "purge_years: 4"), "utf-8")

    with pytest.raises(RetentionInvalid, match="purge comes before the duty"):
        load_rules(path)


@pytest.mark.parametrize(
    ("day", "years", "then"),
    [("2024-02-29", 5, "2029-03-01"), ("2024-02-29", 4, "2028-02-29"), ("2026-12-31", 1, "2027-12-31")],
)
def test_add_years__calendar__same_day(day: str, years: int, then: str) -> None:
    moment = int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())

    assert datetime.fromtimestamp(add_years(moment, years), UTC).date().isoformat() == then


def test_upgrade__records_of_the_first_version__open_now_and_after_a_rotation(database: Database) -> None:
    key, data_key, salt, nonce = b"k" * 32, b"d" * 32, bytes(range(32)), b"n" * 12
    vault = Vault(HeldKeys.of(key))
    about = b"quittance/applicant/" + subject_of(7)
    sealed = AESGCM(data_key).encrypt(nonce, salt + canonical_json(DATA), about)
    config = Config()
    config.set_main_option("script_location", str(Path(backend.migrations.__file__).parent))
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0007")
        connection.execute(
            text("INSERT INTO sealed_records VALUES (:id, :key, :wrapped, :nonce, :sealed)"),
            {
                "id": subject_of(7), "key": vault.keys.current_id(), "wrapped": aes_key_wrap(key, data_key),
                "nonce": nonce, "sealed": sealed,
            },
        )  # fmt: skip
        command.upgrade(config, "head")

    for keys in (HeldKeys.of(key), HeldKeys.of(b"new" + bytes(29), key), HeldKeys.of(b"new" + bytes(29))):
        vault = Vault(keys)
        with database.every_tenant() as session:
            record = service.find_application(session, 7)
            assert record is not None
            assert record.label.person_id == applicant_id(7)
            assert record.label.tenant_id == HOUSE_TENANT
            assert read_content(record, vault.unseal(record)) == (DATA, salt)
        rotation.rewrap_all(database, vault)


def test_unseal__erased__says_so(database: Database, tmp_path: Path) -> None:
    vault, _ = make_vault(tmp_path)
    record_id = seal(database, vault)
    erase(database, vault)

    with database.every_tenant() as session:
        record = service.repository.get(session, record_id)
    assert record is not None
    assert record.wrapped_key is None
    assert record.ciphertext is None
    with pytest.raises(RecordUnreadable):
        vault.unseal(record)
