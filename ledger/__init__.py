"""The chain as Python sees it: bindings, typed data, events, sending, replay, verification."""
