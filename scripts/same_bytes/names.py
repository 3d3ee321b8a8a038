"""Where inputs lie in their folder, and the addresses they are about."""

from typing import Final

from domain.hashing import checksum_address
from scripts import ROOT

CHAIN_ID: Final = 31_337
PRODUCT, DESK, QUORUM, OTHER, PARAMETRIC = (
    checksum_address(f"0x{number:040x}") for number in (0xA1, 0xA2, 0xA3, 0xA4, 0xA5)
)
FILE: Final = ROOT / "products" / "hospital-care.yaml"
CLAIMS, EVENTS, APPLICATIONS = "claims.json", "events.json", "applications.json"
DEPLOYMENT, DOCUMENT, DOSSIERS = "deployment.json", "document.json", "dossiers"
UNITS_PER_MINOR: Final = 10_000
DAY, HOUR = 86_400, 3_600
