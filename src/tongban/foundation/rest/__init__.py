"""What every package's `api.py` is made with: operations, schemas, pages of lists, problem details, idempotency."""
