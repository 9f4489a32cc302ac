"""Members: the participants. Who they are, how they sign in, their devices, their consents, their card and its code.

Personal fields are kept encrypted under a key of the member's own, found by keyed hashes, and gone when the member is
erased; the member's id and card number stay, because the books refer to them.
"""
