"""Why a source gave no usable answer. `code` is stable, the message says what to do."""


class SourceUnavailable(Exception):
    """The source gave no usable answer.

    SourceUnavailable
    ├── SourceMisconfigured   it cannot be asked at all: no key, wrong address
    ├── SourceRateLimited     it asks for patience; `retry_after_seconds` says how much
    ├── SourceAnswerInvalid   it answered with something that is not its documented format
    ├── SourceStale           its answer is in form, but was made too long ago
    └── SourcesDisagree       two sources lie further apart than the product's tolerance
    """

    code = "source_unavailable"


class SourceMisconfigured(SourceUnavailable):
    """The source cannot be asked at all."""

    code = "source_misconfigured"


class SourceRateLimited(SourceUnavailable):
    """The source asks for patience."""

    code = "source_rate_limited"

    def __init__(self, message: str, retry_after_seconds: float) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(message)


class SourceAnswerInvalid(SourceUnavailable):
    """The source's answer does not have its documented form."""

    code = "source_answer_invalid"


class SourceStale(SourceUnavailable):
    """The source's answer was made too long ago, or before what it speaks of was over."""

    code = "source_stale"


class SourcesDisagree(SourceUnavailable):
    """Two sources lie further apart than the product's tolerance."""

    code = "sources_disagree"
