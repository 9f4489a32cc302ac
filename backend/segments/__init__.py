"""Segments: versioned trees of rules over members, compiled to SQL, and who is in them, kept up to date."""
