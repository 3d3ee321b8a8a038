"""What pydantic finds wrong with the outside of a document, in words that say what to do."""

from pydantic_core import ErrorDetails

_TIMES = ("received_at", "signed_at", "obtained_at", "withdrawn_at")
_WHOLE = ("int_type", "greater_than_equal", "less_than_equal")
_OF_FIELD = {
    "application_id": "Give the id on chain, a whole number from 1 to 2^128 - 1",
    "truthful": "Write true once the applicant has signed that everything stated is true",
    **dict.fromkeys(_TIMES, "Give the time as whole seconds since 1970, UTC"),
}
_OF_KIND = {
    "enum": ("is not known here", "Write {expected}"),
    "literal_error": ("is not what is allowed here", "Write {expected}"),
    "model_type": ("is no mapping", "Give its fields by name"),
    "dict_type": ("is no mapping", "Give its fields by name"),
    "tuple_type": ("is no list", "Give a list, if only of one"),
    "string_type": ("is no text", "Write text, in quotation marks where it looks like a number"),
    "bool_type": ("is neither true nor false", "Write true or false"),
    "string_too_long": ("is too long", "Shorten it to {max_length} characters"),
    "too_long": ("has too many entries", "Give at most {max_length}"),
    "extra_forbidden": ("is not asked for here", "Leave it out, or look for a slip in its name"),
}


def shape_problem(found: ErrorDetails) -> tuple[str, str]:
    """Problem and remedy of one thing that is wrong."""
    kind, name, limits = found["type"], str(found["loc"][-1]) if found["loc"] else "", found.get("ctx", {})
    plain = found["msg"][:1].lower() + found["msg"][1:120]
    problem, remedy = _OF_KIND.get(kind, (plain, f"Write {name or 'it'} as the examples in docs/examples do"))
    if kind in _WHOLE:
        bounds = (("at least", limits.get("ge")), ("at most", limits.get("le")))
        bound = "".join(f" of {words} {limit}" for words, limit in bounds if limit is not None)
        problem, remedy = f"is not a whole number{bound}", f"Write a whole number{bound}"
    return problem, _OF_FIELD.get(name, remedy.format_map(limits))
