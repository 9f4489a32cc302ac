"""The programme as a versioned document: what earns, what a referral is worth, when points become available and burn.

It judges a receipt on facts that it is given and fetches nothing.
"""
