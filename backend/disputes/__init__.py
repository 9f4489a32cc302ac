"""Disputes: a participant's question about a row, an invitation or a missing receipt, and its end."""
