"""Campaigns: one message of the marketer's to many members. Audience, schedule, hold-out, and how it went.

A campaign decides who is told and when; bringing the message out, with rates, nights and consents, is the matter of
`notifications`. Its people are put in line chunk by chunk, each chunk together with the place where the next begins.
"""
