"""The proofs: each fault that a ledger can meet, and what must hold all the same (docs/proofs.md lists them)."""
