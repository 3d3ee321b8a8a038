"""HTTP for insurers, claimants and institutions: FastAPI on PostgreSQL, an indexer and a relayer.

The database follows the chain and can be rebuilt from it; what only the database knows is quotes, sealed applicant
data and transactions on their way.
"""
