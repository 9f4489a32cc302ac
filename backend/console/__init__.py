"""The staff's pages at a desk, and what of them joins features: campaigns, members with their books, adjustments."""
