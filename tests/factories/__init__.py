"""Makers of test data, one module per feature. They flush and never commit."""
