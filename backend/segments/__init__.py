"""Segments: versioned trees of rules over members, compiled to SQL, and who is in them, kept up to date.

What may be asked of a member is brought by the features that know it (`shared/attributes.py`), wired in `app.py`. A
tree is read into leaves and groups (`reading`), becomes one statement (`compiling`), and is judged on the same values
member by member (`judging`): to say why somebody is in, and to keep memberships up as members are touched (`live`).
"""
