"""Rewards: orders and coupons of what programmes offer for points.

What is offered (titles, prices, limits) stands in the programme's document and is versioned with it. Here is what
happens to it: orders with their states and codes, how many were ordered, codes that partners gave, what is paused.

An order is `ordered` until somebody hands it out, or `issued` at once. Then it is a coupon with a code, and ends
`used`, `cancelled` (the points go back to the lots that paid) or `expired`. Each step is a condition inside the write.
"""
