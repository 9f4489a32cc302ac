"""Screening: which rule looked at what, with which inputs, and what it said.

A rule is a pure function that lives with the feature whose facts it judges. Here is what all rules share: how a rule
is declared and set by the programme's document (`rules`), how the rulings of one subject become one decision, the
record of every ruling (`screening_rulings`), and the list of disposable e-mail domains.
"""
