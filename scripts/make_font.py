"""Make the font of assessment reports: the part of Noto Sans SC that insurance in Chinese and English needs.

    npm pack @expo-google-fonts/noto-sans-sc@0.4.3
    tar xzf expo-google-fonts-noto-sans-sc-0.4.3.tgz
    python -m scripts.make_font package/400Regular/NotoSansSC_400Regular.ttf package/LICENSE_FONT

In it: Latin letters and signs, all 3,755 characters of level 1 of GB 2312, and whatever the risk engine says beyond.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from fontTools import subset

ROOT: Final = Path(__file__).resolve().parent.parent
SAYS: Final = ROOT / "oracle" / "risk"
FOLDER: Final = SAYS / "fonts"
FONT: Final = FOLDER / "NotoSansSC-Regular-subset.ttf"
LICENCE: Final = FOLDER / "OFL.txt"
LARGEST_BYTES: Final = 1_400_000
_LATIN: Final = "".join(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x100)]))
_SIGNS: Final = "–—‘’“”…•‰′″€→≤≥≠±×÷、。〈〉《》「」『』【】〔〕！（），．：；？％￥～·"


def characters(says: Path = SAYS) -> str:
    """Every character the font must have, each once."""
    files = [path for ending in ("*.py", "*.yaml") for path in sorted(says.rglob(ending))]
    said = "".join(path.read_text("utf-8") for path in files)
    return "".join(sorted(set(_LATIN + _SIGNS + level_one() + said) - set("\n\t\r")))


def level_one() -> str:
    """The common characters of GB 2312: rows 16 to 55, of which the last five places are empty."""
    cells = [bytes([high, low]) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF)]
    return "".join(cell.decode("gb2312", "ignore") for cell in cells)


def make(source: Path, licence: Path) -> int:
    """Write font and licence; the size in bytes."""
    options = subset.Options(layout_features=[], hinting=False, name_IDs=["*"], notdef_outline=True)
    font = subset.load_font(str(source), options)
    _refuse_missing(characters(), font.getBestCmap())
    part = subset.Subsetter(options)
    part.populate(text=characters())
    part.subset(font)
    font["head"].modified = font["head"].created  # the same command, the same bytes
    font.recalcTimestamp = False
    FOLDER.mkdir(exist_ok=True)
    subset.save_font(font, str(FONT), options)
    shutil.copyfile(licence, LICENCE)
    return FONT.stat().st_size


def _refuse_missing(wanted: str, known: Iterable[int]) -> None:
    missing = sorted(set(map(ord, wanted)) - set(known))
    if missing:
        shown = " ".join(f"U+{code:04X}" for code in missing[:10])
        raise SystemExit(f"the font has no {shown}: say it with other characters")


def main(arguments: list[str] | None = None) -> int:
    """Make the font.

    Returns:
        0, or 1 if it has grown too large.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="NotoSansSC_400Regular.ttf")
    parser.add_argument("licence", type=Path, help="its licence")
    asked = parser.parse_args(arguments)
    size = make(asked.source, asked.licence)
    sys.stdout.write(f"{FONT.relative_to(ROOT)}: {size:,} bytes, {len(characters()):,} characters\n")
    return 0 if size <= LARGEST_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
