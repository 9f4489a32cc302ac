"""Budgets: at most so many points in a period, taken in the transaction that gives them, in slices that never wait.

A budget of all members is kept in up to 64 slices of its period, and members take from slices that their ids choose. So
no row is everybody's, and the sum of the slices is exactly what is left. Where a slice is short, the slices are spread
anew in a transaction of its own; the less is left, the fewer they are, and the last one is spent to the last point.
"""
