"""The points ledger: double entry, append-only, one book per member, lots with their own expiry, and an auditor.

A transaction touches one member, is of a declared kind, has a natural key that makes a repetition harmless, and keeps
the facts that explain it. All arithmetic is pure (`book.py`); writing is set-based (`service.py`). The worker seals
what was written in a hash chain (`sealing.py`) and holds every book to its invariants (`reconciliation.py`).
"""
