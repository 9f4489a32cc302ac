"""Shapes that several answers of the till share."""

from backend.ledger.book import Book


def balance_of(book: Book) -> dict[str, int]:
    """A book's balance as a till is told it."""
    return {"available": book.available, "pending": book.pending, "reserved": book.reserved, "debt": -book.debt}
