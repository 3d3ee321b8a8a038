"""Claims on a real chain: which there are, in what order, and what chain and terms say of one."""

import json
from pathlib import Path

import pytest

from domain.claim import ClaimState
from domain.claim_reports import Notice
from domain.diagnoses import diagnosis_codes
from domain.money import TokenUnits
from ledger.bindings import ClaimsDesk
from ledger.deployment import Deployment
from ledger.rpc import Rpc
from oracle.claims.book import ClaimsBook
from oracle.claims.chain import ClaimChain
from oracle.claims.errors import ChainUnread, ClaimUnfit
from oracle.claims.facts import Block
from oracle.claims.statement import ClaimStatement
from tests.ledger.indemnity.claims_house import DAY
from tests.oracle.claims.conftest import file_claim
from tests.oracle.claims.evidence_server import StoreServer
from tests.oracle.claims.hospital import SUM_INSURED, TUSD, Filed, HospitalHouse


def open_ids(chain: ClaimChain, block: Block) -> list[int]:
    return [notice.claim_id for notice in chain.open_claims(block)]


def test_claim__noticed__is_what_chain_and_document_say(
    house: HospitalHouse, chain: ClaimChain, policy: int, filed: Filed
) -> None:
    head = house.head()

    found = chain.claim(filed.claim_id, head)

    kept = house.rpc.eth_call(chain.desk, ClaimsDesk.claim(filed.claim_id))
    notice = found.notice
    assert (found.state, found.is_waiting, found.signer_epoch) == (ClaimState.NOTICED, True, 1)
    assert (notice.noticed_at, notice.occurred_at, notice.claimed) == (kept.clock_from, kept.occurred_at, kept.claimed)
    assert (notice.evidence_root, notice.claimant) == (filed.dossier.root, house.address_of("ann"))
    assert (notice.product, notice.policy_id) == (house.product, policy)
    assert found.product.perils[notice.peril] == "accident"
    assert (found.product.min_confidence_bps, found.product.min_signatures) == (9_000, 3)
    assert found.product.quorum == house.contracts["OracleQuorum"]
    assert (found.product.loss_terms.currency, found.product.loss_terms.units_per_minor) == ("USD", 10_000)
    assert found.policy.cover_from == house.policy(policy).starts_at
    assert (found.policy.sum_insured, found.policy.sum_raised_at) == (SUM_INSURED, None)


def test_claim__exclusions__are_the_clauses_diagnoses(house: HospitalHouse, chain: ClaimChain, filed: Filed) -> None:
    product = chain.claim(filed.claim_id, house.head()).product

    assert [(each.clause_id, each.bit) for each in product.exclusions] == [(f"X{n + 1}", n) for n in range(8)]
    assert product.loss_terms.exclusions["I11"] == (1, 3)
    assert product.loss_terms.exclusions["C50"] == (4,)
    for clause in house.file.exclusions:
        assert clause.exclusion is not None
        codes = diagnosis_codes(clause.exclusion.diagnoses)
        assert codes
        assert all(clause.exclusion.bit in product.loss_terms.exclusions[code] for code in codes)


def test_claim__peril_with_a_waiting_period__cover_begins_after_it(
    house: HospitalHouse, chain: ClaimChain, policy: int, store: StoreServer
) -> None:
    filed = file_claim(house, policy, store, peril="illness")

    assert chain.claim(filed.claim_id, house.head()).policy.cover_from == house.policy(policy).starts_at + 30 * DAY


def test_claim__sum_insured_changed__is_that_of_the_loss(
    house: HospitalHouse, chain: ClaimChain, policy: int, store: StoreServer
) -> None:
    before = file_claim(house, policy, store, days_ago=1)
    raised_at = house.endorse(policy, TokenUnits(30_000 * TUSD))
    house.later(10)
    between = file_claim(house, policy, store, days_ago=2)
    house.endorse(policy, TokenUnits(25_000 * TUSD))
    house.later(10)
    after = file_claim(house, policy, store, days_ago=1)
    head = house.head()

    facts = [chain.claim(each.claim_id, head).policy for each in (before, between, after)]

    assert [each.sum_insured // TUSD for each in facts] == [20_000, 30_000, 25_000]
    assert [each.sum_raised_at for each in facts] == [None, raised_at, raised_at]


def test_claim__renewed_policy__cover_began_with_the_first(
    house: HospitalHouse, chain: ClaimChain, store: StoreServer
) -> None:
    first = house.sell()
    house.later(330)
    second = house.sell(renews=first, sum_insured=TokenUnits(22_000 * TUSD))
    house.later(360)
    third = house.sell(renews=second, sum_insured=TokenUnits(22_000 * TUSD))
    house.later(60)
    filed = file_claim(house, third, store, peril="illness")

    facts = chain.claim(filed.claim_id, house.head()).policy

    assert facts.cover_from == house.policy(first).starts_at + 30 * DAY
    assert facts.sum_raised_at == house.policy(second).starts_at
    assert facts.sum_insured == 22_000 * TUSD


def test_noticed__insurer_knows_of_a_later_raise__that_one_counts(
    house: HospitalHouse, chain: ClaimChain, filed: Filed
) -> None:
    found = chain.claim(filed.claim_id, house.head())
    occurred = found.notice.occurred_at

    assert found.noticed(ClaimStatement("E1", occurred - 5)).sum_raised_at == occurred - 5
    assert found.noticed(ClaimStatement("E1", occurred + 5)).sum_raised_at is None
    assert found.noticed(ClaimStatement("E1", None, (7,))).past_amounts_minor == (7,)


def test_claim__document_altered_or_absent__is_refused(house: HospitalHouse, chain: ClaimChain, filed: Filed) -> None:
    path = house.folder / house.deployment.products[-1].document
    kept = path.read_text("utf-8")
    try:
        house.spoil_document()
        with pytest.raises(ClaimUnfit, match="document_hash") as altered:
            chain.claim(filed.claim_id, house.head())
        path.unlink()
        with pytest.raises(ClaimUnfit) as absent:
            chain.claim(filed.claim_id, house.head())
    finally:
        path.write_text(kept, "utf-8")

    assert (altered.value.code, absent.value.code) == ("document_altered", "document_unreadable")
    assert chain.claim(filed.claim_id, house.head()).product.document_hash == house.file.document_hash


def test_claim__product_not_in_the_deployment_file__says_what_to_do(
    house: HospitalHouse, book: ClaimsBook, filed: Filed
) -> None:
    told = json.loads(house.path.read_text("utf-8")) | {"products": []}
    chain = ClaimChain(house.rpc, Deployment.from_json(told), house.folder, book)

    with pytest.raises(ClaimUnfit, match="Take the deployment file that names it"):
        chain.claim(filed.claim_id, house.head())


def test_open_claims__several__are_those_that_wait_in_their_order(
    house: HospitalHouse, chain: ClaimChain, policy: int, store: StoreServer
) -> None:
    claims = [file_claim(house, policy, store, claimed=700_000_000 + place) for place in range(6)]
    middle = house.head()
    house.send("adjuster", chain.desk, ClaimsDesk.acknowledge(claims[1].claim_id))
    house.withdraw(claims[2])
    house.pay(claims[3], loss=700_000_003)
    house.pay(claims[4], loss=700_000_004, confidence_bps=100)
    head = house.head()

    waiting = chain.open_claims(head)

    assert [each.claim_id for each in waiting] == [claims[place].claim_id for place in (0, 1, 5)]
    assert [each.place for each in waiting] == sorted(each.place for each in waiting)
    states = [house.rpc.eth_call(chain.desk, ClaimsDesk.claim(each.claim_id)).state for each in claims]
    assert [state in (ClaimState.NOTICED, ClaimState.ACKNOWLEDGED) for state in states] == [
        each.claim_id in {one.claim_id for one in waiting} for each in claims
    ]
    assert open_ids(chain, middle) == [each.claim_id for each in claims]


def test_open_claims__two_in_one_transaction__are_ordered_by_log(
    house: HospitalHouse, chain: ClaimChain, policy: int
) -> None:
    root, at = house.dossier(house.bill()).root, house.now() - DAY
    notices = [Notice(house.product, policy, 0, 1, at, TokenUnits(600_000_000 + n), root) for n in range(3)]
    house.send("ann", chain.desk, ClaimsDesk.multicall([ClaimsDesk.notify(each).data for each in notices]))

    waiting = chain.open_claims(house.head())

    assert [each.claimed for each in waiting] == [600_000_000, 600_000_001, 600_000_002]
    assert len({each.block_number for each in waiting}) == 1
    assert [each.log_index for each in waiting] == sorted({each.log_index for each in waiting})


def test_open_claims__nothing_new__asks_the_chain_nothing(
    house: HospitalHouse, chain: ClaimChain, filed: Filed, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = house.head()
    first = open_ids(chain, head)
    monkeypatch.setattr(house.rpc, "_post", lambda _: pytest.fail("the chain was asked"))

    assert open_ids(chain, head) == first == [filed.claim_id]


def test_open_claims__new_blocks__reads_only_those(
    house: HospitalHouse, chain: ClaimChain, policy: int, filed: Filed, store: StoreServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    chain.open_claims(house.head())
    before, asked, call = house.head(), list[int](), Rpc.call
    later = file_claim(house, policy, store, claimed=700_000_000)

    def counted(self: Rpc, method: str, *params: object) -> object:
        if method == "eth_getLogs":
            asked.append(int(params[0]["fromBlock"], 16))  # type: ignore[index]
        return call(self, method, *params)

    monkeypatch.setattr(Rpc, "call", counted)

    assert open_ids(chain, house.head()) == [filed.claim_id, later.claim_id]
    assert asked == [before.number + 1]


def test_open_claims__reorganised__forgets_what_is_gone_and_reads_the_new(
    house: HospitalHouse, chain: ClaimChain, policy: int, filed: Filed, store: StoreServer
) -> None:
    chain.open_claims(house.head())
    forked = house.rpc.call("evm_snapshot")
    gone = file_claim(house, policy, store, claimed=700_000_000)
    house.withdraw(filed)
    old = house.head()
    assert open_ids(chain, old) == [gone.claim_id]

    house.rpc.call("evm_revert", forked)
    house.rpc.call("evm_mine")
    other = file_claim(house, policy, store, claimed=800_000_000)
    house.rpc.call("evm_mine")
    head = house.head()

    assert open_ids(chain, head) == [filed.claim_id, other.claim_id]
    assert gone.claim_id == other.claim_id  # the same ordinal, another notice
    assert chain.notices.notice(other.claim_id, head).claimed == 800_000_000
    with pytest.raises(ChainUnread, match="is another one now") as moved:
        chain.open_claims(old)
    assert moved.value.passing


def test_open_claims__chain_is_shorter_than_the_cursor__goes_back(
    house: HospitalHouse, chain: ClaimChain, policy: int, filed: Filed, store: StoreServer
) -> None:
    short, forked = house.head(), house.rpc.call("evm_snapshot")
    chain.open_claims(short)
    for place in range(3):
        file_claim(house, policy, store, claimed=700_000_000 + place)
    assert len(chain.open_claims(house.head())) == 4

    house.rpc.call("evm_revert", forked)

    assert open_ids(chain, house.head()) == [filed.claim_id]


def test_open_claims__book_opened_again__goes_on_from_the_cursor(
    house: HospitalHouse, chain: ClaimChain, book: ClaimsBook, filed: Filed
) -> None:
    chain.open_claims(house.head())
    book.close()
    again = ClaimsBook(book.path.parent, house.deployment)
    try:
        reopened = ClaimChain(house.rpc, house.deployment, house.folder, again)
        assert open_ids(reopened, house.head()) == [filed.claim_id]
    finally:
        again.close()
    assert book.path.stat().st_mode & 0o077 == 0


def test_open_claims__product_nobody_vouches_for__is_left_out(
    house: HospitalHouse, chain: ClaimChain, filed: Filed
) -> None:
    impostor = house.deployer().create("TestStablecoin", house.address_of("cho"))
    code = impostor_code(house.address_of("cho"))
    house.rpc.call("anvil_setCode", impostor, code)
    notice = Notice(impostor, 1, 0, 1, house.now() - DAY, TokenUnits(2**64 - 1), bytes(32))

    house.send("cho", chain.desk, ClaimsDesk.notify(notice))

    assert open_ids(chain, house.head()) == [filed.claim_id]


def impostor_code(payee: str) -> str:
    """Answers every call with (ordinal 7, payee, reserve 1): an opening, as the desk reads it."""
    words = (7).to_bytes(32, "big"), bytes(12) + bytes.fromhex(payee[2:]), (1).to_bytes(32, "big")
    store = "".join(f"7f{word.hex()}60{place * 32:02x}52" for place, word in enumerate(words))
    return f"0x{store}60606000f3"


def test_open_claims__claim_of_more_than_63_bits__is_kept(
    house: HospitalHouse, chain: ClaimChain, policy: int, store: StoreServer
) -> None:
    filed = file_claim(house, policy, store, claimed=2**64 - 1)

    assert chain.open_claims(house.head())[0].claimed == 2**64 - 1
    assert chain.claim(filed.claim_id, house.head()).notice.claimed == 2**64 - 1


def test_newest__confirmations__counts_the_newest_as_one(house: HospitalHouse, chain: ClaimChain) -> None:
    assert chain.newest() == house.head()
    assert chain.newest(3).number == house.head().number - 2


def test_claim__nobody_answers__says_so(house: HospitalHouse, tmp_path: Path) -> None:
    deaf = ClaimsBook(tmp_path, house.deployment)
    chain = ClaimChain(Rpc("http://127.0.0.1:9"), house.deployment, house.folder, deaf)

    with pytest.raises(ChainUnread, match="mend rpc_url"):
        chain.newest()
    with pytest.raises(ChainUnread, match="mend rpc_url"):
        chain.claim(1, Block(5, "0x" + "11" * 32, 0))
    deaf.close()


def test_holders__policies__are_those_on_chain(house: HospitalHouse, chain: ClaimChain, policy: int) -> None:
    key = (house.product, policy)

    assert chain.holders([key], house.head()) == {key: house.address_of("ann")}
    assert chain.holders([], house.head()) == {}
