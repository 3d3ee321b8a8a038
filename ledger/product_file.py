"""Reading product files (YAML) from disk."""

from __future__ import annotations

from pathlib import Path

import yaml

from domain.errors import TermsInvalid
from domain.terms import ProductFile, parse_product


def load_product(path: Path) -> ProductFile:
    """Read and validate a product file.

    Raises:
        TermsInvalid: The file is missing, is not YAML, or a term is wrong; names field, value and remedy.
    """
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        remedy = "Name a product file that exists, such as products/flight-delay.yaml"
        raise TermsInvalid("file", str(path), "there is no such file", remedy) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TermsInvalid("file", str(path), f"not YAML ({error})", "Write it as YAML in UTF-8") from None
    return parse_product(document)
