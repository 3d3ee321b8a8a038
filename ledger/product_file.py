"""Reading product files (YAML) from disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from domain.errors import TermsInvalid
from domain.terms import IndemnityFile, ProductFile, parse_product, parse_product_file


def load_product(path: Path) -> ProductFile:
    """Read and validate a product file of the parametric kind.

    Raises:
        TermsInvalid: The file is missing, is not YAML, is of another kind, or a term is wrong; names field, value and
            remedy.
    """
    return parse_product(_read(path))


def load_product_file(path: Path) -> ProductFile | IndemnityFile:
    """Read and validate a product file of whichever kind it is.

    Raises:
        TermsInvalid: As `load_product`.
    """
    return parse_product_file(_read(path))


def _read(path: Path) -> Any:
    """What the YAML says; whether that is a product is the parser's to say."""
    try:
        return yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        remedy = "Name a product file that exists, such as products/flight-delay.yaml"
        raise TermsInvalid("file", str(path), "there is no such file", remedy) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TermsInvalid("file", str(path), f"not YAML ({error})", "Write it as YAML in UTF-8") from None
