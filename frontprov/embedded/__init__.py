"""PostgreSQL and Redis from their wheels, where no server is named.

Both wheels carry the plain server programs; they are run here as anyone would run them, one pair for each
data folder. Nothing of this package is imported where DATABASE_URL and REDIS_URL name real servers, except
`paths`, which imports nothing of the wheels.
"""
