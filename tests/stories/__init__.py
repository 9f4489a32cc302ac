"""The labelled corpus: made-up stories of honest people and of frauds, told through the real services and then judged.

Each story says of every referral and every receipt in it whether it is honest. The report sets beside that what the
screening rules said: precision and recall for each rule, and what became of each kind of story.
"""
