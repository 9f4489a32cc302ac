"""Rewards: orders and coupons of what the programme offers for points. The catalogue stands in its document."""
