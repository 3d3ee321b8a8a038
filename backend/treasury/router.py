"""HTTP for the treasury."""

from __future__ import annotations

from dataclasses import asdict

from backend.access.permit import Public
from backend.dependencies import Services, Transaction
from backend.health import service as health
from backend.http.routes import api_router
from backend.treasury import service
from backend.treasury.schemas import ProductTotalsView, TreasuryView

router = api_router("treasury", "/v1/treasury")


@router.get("", operation_id="treasury.read", dependencies=[Public("treasury.read")])
def get_treasury(session: Transaction, services: Services) -> TreasuryView:
    """Capital, premiums, exposure and payments of the insurer's treasury."""
    contracts = services.deployment.contracts
    found = service.get_totals(session, contracts["Treasury"])
    return TreasuryView(
        treasury=found.treasury, token=contracts["TestStablecoin"], capital_in=found.capital_in,
        capital_out=found.capital_out, premiums=found.premiums, unearned=found.unearned, paid=found.paid,
        held=found.held, exposure=found.exposure, required_ratio_bps=found.required_ratio_bps, assets=found.assets,
        free_capital=found.free_capital, products=[ProductTotalsView(**asdict(p)) for p in found.products],
        indexed_block=health.indexed_block(session),
    )  # fmt: skip
