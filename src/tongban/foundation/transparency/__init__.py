"""The ledger's tree: entries under signed Merkle tree heads, receipts that anybody can verify, and the audit of it all.

`merkle` and `receipts` know neither Django nor the database, so that a receipt can be verified anywhere.
"""
