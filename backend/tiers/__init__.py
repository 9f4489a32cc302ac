"""Tiers: who stands where on the programme's ladder, up at once, down at a review."""
