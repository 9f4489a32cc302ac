"""What members are told of their questions, what rules answer, and what the book says of a decision."""

from backend.shared.wording import N_, register

register(
    "dispute_received",
    title=N_("Your question is with us"),
    body=N_("Somebody looks at it and answers by {due_at:date}."),
)
register(
    "dispute_answered",
    title=N_("There is a word on your question"),
    body=N_("Asked on {opened_at:date}. Open it to read and to write back."),
)
register(
    "dispute_upheld",
    title=N_("Your question is answered"),
    body=N_("You were right. What was decided stands in your question of {opened_at:date}."),
)
register(
    "dispute_upheld_points",
    title=N_("Your question is answered"),
    body=N_("We added {points:points} for your question of {opened_at:date}. They can be spent now."),
)
register(
    "dispute_refused",
    title=N_("Your question is answered"),
    body=N_("It stays as it was. Why stands in your question of {opened_at:date}."),
)
register(
    "dispute_settled",
    title=N_("Your question is answered"),
    body=N_("The answer stands in your question of {opened_at:date}. Not convinced? Say so there."),
)

# What rules answer in a thread.
register(
    "dispute.window_open",
    title=N_("The points wait"),
    body=N_("{points:points} can be spent from {available_at:date}: until then the purchase can be returned."),
)
register(
    "dispute.not_bought_yet",
    title=N_("No purchase yet"),
    body=N_("The reward comes after the friend's first purchase, and there has been none so far."),
)
register(
    "dispute.receipt_attached",
    title=N_("The receipt is found"),
    body=N_("It is yours now, with the points of its day. You find them in the history."),
)
register(
    "dispute.receipt_yours",
    title=N_("The receipt is yours already"),
    body=N_("It stands in your history on {bought_at:date}, with its points."),
)
register(
    "dispute.receipt_returned",
    title=N_("The purchase was returned"),
    body=N_("All of it was returned, so that no points are left to give."),
)

# What the book says: it names the decision, its day and its words.
register(
    "dispute.upheld",
    title=N_("By the answer to your question"),
    body=N_(
        "You asked on {asked_at:date}. Decided on {posted_at:date}: “{decision}” {size:points} were added and can be"
        " spent now."
    ),
    steps=(
        (N_("Added by the decision of {posted_at:date}"), "{points:signed}"),
        (N_("Of these, paid off what was owed"), "{owed_paid:points}"),
    ),
)
