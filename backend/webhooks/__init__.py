"""Outgoing webhooks by the Standard Webhooks rules: endpoints, messages, deliveries, and the worker that makes them."""
