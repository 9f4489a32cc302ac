"""Tiers: who stands where on the programme's ladder, up at once, down at a review.

The ladder itself is pure (`programmes.ladder`). Here is what is measured of each member, where each stands, every
change with its cause, and the job that reviews who is due. Rows of a member are changed under the lock of the book.
"""
