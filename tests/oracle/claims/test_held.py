"""What was read and is not said yet: kept until it is taken, and no more than so many bytes."""

from domain.evidence.dossier import EvidenceFile, seal_dossier
from oracle.claims.held import Held, Read
from oracle.claims.known import Shown

NOTHING = Shown((), (), ())


def read(name: str, size: int = 10) -> Read:
    return Read(seal_dossier([EvidenceFile(name, "text/plain", b"x" * size)], [bytes(32)]), {}, NOTHING)


def test_take__what_was_put__once() -> None:
    held, one = Held(), read("one.txt")
    held.put(one)
    held.put(one)

    assert held.take(one.dossier.root) is one
    assert held.take(one.dossier.root) is None


def test_put__more_bytes_than_are_kept__the_first_are_let_go() -> None:
    held, reads = Held(most_bytes=25), [read(f"{number}.txt") for number in range(4)]
    for each in reads:
        held.put(each)

    assert [held.take(each.dossier.root) is not None for each in reads] == [False, False, True, True]
    held.put(read("large.txt", 26))
    assert held.take(read("large.txt", 26).dossier.root) is None
    held.put(reads[0])
    assert held.take(reads[0].dossier.root) is reads[0], "and there is room again"
