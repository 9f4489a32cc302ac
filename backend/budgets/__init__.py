"""Budgets: at most so many points in a period, taken in the transaction that gives them, in slices that never wait."""
