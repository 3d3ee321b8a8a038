"""EIP-712 types as the structs in contracts/types declare them, for eth-account's own encoder."""

import re
from functools import cache
from pathlib import Path

TYPES = Path(__file__).parents[2] / "contracts" / "types"
Fields = list[dict[str, str]]


@cache
def _declared(file: str) -> tuple[dict[str, Fields], frozenset[str]]:
    """Structs and enums of a source file."""
    source = re.sub(r"//[^\n]*", "", (TYPES / file).read_text("utf-8"))
    enums = frozenset(re.findall(r"\benum (\w+)", source))
    structs = {}
    for name, body in re.findall(r"\bstruct (\w+) \{(.*?)\}", source, re.DOTALL):
        pairs = (field.split() for field in body.split(";") if field.strip())
        structs[name] = [{"type": "uint8" if kind in enums else kind, "name": field} for kind, field in pairs]
    return structs, enums


def eip712_types(file: str, primary: str, struct: str = "") -> dict[str, Fields]:
    """The type named `primary` and all it refers to; `struct` is what it is declared as, if under another name."""
    structs, _ = _declared(file)
    found: dict[str, Fields] = {}
    open_ = [(primary, struct or primary)]
    while open_:
        name, declared = open_.pop()
        found[name] = structs[declared]
        kinds = {field["type"].split("[")[0] for field in found[name]}
        open_ += [(kind, kind) for kind in kinds & set(structs) - set(found)]
    return found
