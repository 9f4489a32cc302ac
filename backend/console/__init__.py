"""The staff's pages at a desk, and what of them joins features: today the marketer's campaigns."""
