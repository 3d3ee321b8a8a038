"""Everything the backend means to send: one row each, carried to the chain by a workflow, looked at again after a
reorganisation. Others call `service.submit` and look up where an intent stands."""
