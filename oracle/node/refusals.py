"""Why a node does not do what it is asked. Each code is stable; the detail names field, value and remedy."""

TITLES: dict[str, tuple[int, str]] = {
    # what was asked
    "body_malformed": (422, "The body does not have the documented form"),
    "body_too_large": (413, "The body is too large"),
    "product_unknown": (404, "The product is not in this node's deployment"),
    "chain_unavailable": (503, "The chain gives no answer"),
    "signing_failed": (503, "This node's signing service gives no signature"),
    "rounds_stopped": (503, "This node's rounds stand still"),
    "signer_unavailable": (503, "The signing service gives no signature"),
    "node_failed": (500, "The node failed"),
    "source_unavailable": (503, "The evidence source gives no answer"),
    "source_misconfigured": (503, "The evidence source cannot be asked"),
    "source_rate_limited": (503, "The evidence source asks for patience"),
    "source_answer_invalid": (502, "The evidence source does not answer in its documented form"),
    "source_stale": (502, "The evidence source's answer is too old"),
    "sources_disagree": (502, "Two evidence sources contradict each other"),
    # applications
    "event_text_invalid": (422, "The insured event's text is not canonical"),
    "flight_unknown": (422, "The source knows no such flight"),
    "event_outside_period": (422, "The flight lies outside the product's period"),
    "sale_closed": (422, "Sale for this flight is not open"),
    "sum_insured_out_of_range": (422, "The sum insured lies outside the terms"),
    "curve_not_priced": (422, "The model cannot price these terms"),
    "risk_too_high": (422, "The risk is too high to be insured"),
    # applications for indemnity policies
    "application_incomplete": (422, "An application lacks what its form requires"),
    "application_invalid": (422, "An application is not what its form allows"),
    "application_contradictory": (422, "An application contradicts itself"),
    "application_unfit": (422, "An amount of an application does not fit what the contract holds"),
    "line_differs": (422, "The application is for another line of insurance than the product"),
    "currency_differs": (422, "The application is in another currency than the product"),
    "exclusion_unknown": (422, "The product has no clause for an exclusion of this risk"),
    # the product they are for
    "product_foreign": (409, "The product is none of the factory's"),
    "document_unreadable": (503, "The product's document cannot be read"),
    "document_altered": (409, "The product's document is not the one its terms were made of"),
    "document_lacks_currency": (409, "The product's document names no currency"),
    "token_too_coarse": (409, "The product's token cannot show cents"),
    "other_desk": (409, "The product's claims belong to another desk"),
    "tables_differ": (409, "The product's terms carry other bounds or factors than this node's tables"),
    # reports, all kinds
    "report_for_other_chain": (409, "The report is for another chain"),
    "signer_epoch_invalid": (409, "The report names a signer set that does not speak"),
    "signer_not_in_set": (409, "This node is not in the signer set"),
    "report_from_future": (409, "The report is dated in the future"),
    "report_too_old": (409, "The report was made too long ago"),
    "report_expired": (409, "The report's time is past"),
    "validity_too_long": (409, "The report would be valid for too long"),
    "subject_repeated": (409, "The report speaks of something twice"),
    "event_text_missing": (409, "An insured event's text is not given"),
    "event_text_mismatch": (409, "A text does not hash to the event's id"),
    "occurs_at_differs": (409, "The report times the event otherwise than this node"),
    # risk reports
    "model_hash_differs": (409, "The report was priced by another model"),
    "expected_share_differs": (409, "The expected payout lies outside this node's tolerance"),
    "sum_insured_cap_differs": (409, "The cap is not this node's"),
    # underwriting reports
    "application_missing": (409, "The report assesses an application that was not handed in"),
    "application_unreported": (409, "An application was handed in that the report does not assess"),
    "score_differs": (409, "The score is not this node's"),
    "loss_ratio_differs": (409, "The expected loss ratio is not this node's"),
    "tier_differs": (409, "The tier is not this node's"),
    "rate_differs": (409, "The standard rate is not this node's"),
    "exclusions_differ": (409, "The exclusions are not this node's"),
    "commitment_differs": (409, "The commitment is not to the application that was handed in"),
    "already_assessed_otherwise": (409, "This node has signed another assessment of the application"),
    # event reports
    "source_hash_differs": (409, "The report rests on another source"),
    "event_unknown": (409, "Nothing is insured on this event"),
    "event_closed": (409, "The event's outcome is final"),
    "observation_not_due": (409, "This node has not seen the event end"),
    "observation_differs": (409, "This node saw something else"),
    "already_signed_otherwise": (409, "This node has signed another outcome of this event"),
}


class Refusal(Exception):
    """The node refuses. `code` is one of `TITLES`; `detail` is a sentence with field, value and remedy."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{code}: {detail}")

    @property
    def status(self) -> int:
        """HTTP status."""
        return TITLES[self.code][0]

    @property
    def title(self) -> str:
        """What this code always means."""
        return TITLES[self.code][1]

    def as_problem(self) -> dict[str, object]:
        """Body of the answer, as RFC 9457 has it."""
        problem = {"type": f"urn:quittance:oracle:{self.code}", "title": self.title, "status": self.status}
        return {**problem, "detail": self.detail, "code": self.code}
