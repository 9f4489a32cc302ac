"""What the worker does for tiers: the reviews that are due."""

from backend.shared.jobs import Job
from backend.tiers.service import next_review, review_due

TIER_REVIEW = Job(name="tiers.review", clock="business", next_due=next_review, run=review_due)
