"""The published mortality tables behind `tables/actuarial/china-life.yaml`, and that file made from them.

Source: China Life Insurance Mortality Table (2010-2013), CL1 to CL6, as the Society of Actuaries publishes them in its
archive of tables (identities 3375 to 3380); package pymort carries the archive. Scoring reads the file, so that every
node scores by the same numbers whatever its package says; a test makes the file anew and compares.
"""

TABLE = "china-life"
VERSION = "1"
IDENTITIES = {"CL1": 3375, "CL2": 3376, "CL3": 3377, "CL4": 3378, "CL5": 3379, "CL6": 3380}
OLDEST = 105
_PPM = 1_000_000
_PER_LINE = 15
_HEADING = """\
# Deaths a year per million lives, ages 0 to 105. China Life Insurance Mortality Table (2010-2013).
# CL1 men, CL2 women: protection; CL3, CL4: savings; CL5, CL6: annuities.
# Made by `python -m scripts.make_mortality_table`; not to be edited.
"""


def deaths_ppm(identity: int) -> tuple[int, ...]:
    """Deaths a year per million by age, exactly as published (six decimals).

    Raises:
        ValueError: A rate has more than six decimals, or the ages are not 0 to 105.
    """
    from pymort import MortXML  # brings pandas: not into every node, which reads the file

    values = MortXML.from_id(identity).Tables[0].Values["vals"]
    if [int(age) for age in values.index] != list(range(OLDEST + 1)):
        raise ValueError(f"table {identity} has ages {values.index.min()} to {values.index.max()}, not 0 to {OLDEST}")
    rates = [float(rate) for rate in values]
    whole = tuple(round(rate * _PPM) for rate in rates)
    finer = [rate for rate, ppm in zip(rates, whole, strict=True) if abs(rate * _PPM - ppm) > 1e-6]
    if finer:
        raise ValueError(f"table {identity} has rates finer than a millionth, such as {finer[0]}")
    return whole


def table_text() -> str:
    """`tables/actuarial/china-life.yaml`, whole."""
    parts = [_HEADING, f'table: {TABLE}\nversion: "{VERSION}"\ndeaths_ppm:\n']
    for name, identity in IDENTITIES.items():
        parts.append(f"  {name}: [\n")
        rates = deaths_ppm(identity)
        for start in range(0, len(rates), _PER_LINE):
            parts.append(f"    {', '.join(map(str, rates[start : start + _PER_LINE]))},\n")
        parts.append("  ]\n")
    return "".join(parts)
