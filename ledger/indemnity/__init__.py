"""Indemnity insurance proved from events: the twin in `domain/` does every step again, and its figures are compared.

`verify.IndemnityVerifier` takes the events of one transaction after the other. An event that somebody's step causes
(a sale, a notice, a decision, a receipt) makes the twin do that step; what the step must lead to is then expected
among the transaction's other events, figure by figure.
"""
