"""How the API speaks HTTP: problems, idempotency keys, pages, ETags, request ids, limits, OpenAPI."""
