"""Actions: points for what is no purchase, such as a survey, a filled profile, a visit.

What is done is recorded once by its key, judged by the programme that has the action, and credited in the same
transaction. Ways in: the till (a visit), the staff's API (whatever another system knows of), and a filled profile.
"""
