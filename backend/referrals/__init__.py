"""Referrals: members' codes and links, visits, who brought whom, and what became of it.

A friend is bound to one advocate, once, for ever, when joining. The first purchase is judged (`qualification`, pure)
on facts that `service.gather` loads for a whole batch of receipts; `service.record_decisions` keeps the outcome. The
points are posted by whoever recorded the receipt; the ledger's events move a referral on to `rewarded` or `reversed`.
"""
