"""What the till, its guests and their history are told of a receipt."""

from backend.referrals.wordings import REVIEW_STEPS
from backend.shared.wording import N_, register

register(
    "receipt_accrued",
    title=N_("{points:signed_points}"),
    body=N_("{store:text}. Yours on {available_at:date}."),
)
register(
    "receipt_held",
    title=N_("{points:signed_points}, being looked at"),
    body=N_(
        "{store:text}. Your card was used often today, so a person looks at it first, by {due_at:date} at the latest."
    ),
)
register(
    "receipt_held_receipts_per_card_day",
    title=N_("The card was used more often in a day than guests do"),
    body=N_("More than {receipts:count} purchases in one day: a person looks at them first."),
)
register(
    "receipt_held_receipts_per_card_till_hour",
    title=N_("The card was used more often at one till than guests do"),
    body=N_("More than {receipts:count} purchases in {window_minutes:count} minutes: a person looks at them first."),
)
register(
    "cashier_outlier",
    title=N_("{cashier} rings up the same cards far more often than others do"),
    body=N_("{receipts_counted:count} receipts with {cards:count} cards. This proves nothing: look at the receipts."),
)
register(
    "receipt_refused",
    title=N_("No points for a purchase that was looked at"),
    body=N_("{reason:text}"),
)
register(
    "till.refused",
    title=N_("No points for a purchase that was looked at"),
    body=N_("{reason:text}"),
    steps=((N_("Points for it, taken back"), "{points:signed}"),),
)
register(
    "receipt_own_shift",
    title=N_("Rung up by the owner of the card"),
    body=N_("Whoever stands at the till earns nothing on what they ring up for themselves."),
)
register(
    "till.own_shift",
    title=N_("{store:text}: your own shift"),
    body=N_("Whoever stands at the till earns nothing on what they ring up for themselves."),
    steps=((N_("Receipt"), "{total:money}"),),
)
register("till.no_points_on_own_shift", title=N_("No points: you rang up your own card."))
register("till.accrued", title=N_("{points:signed_points}. Can be spent from {available_at:date}."))
register(
    "till.referral_friend",
    title=N_("{points:signed_points} for the first purchase by a recommendation."),
)
register("till.referral_more", title=N_("{points:signed_points} by the invitation."))
register("till.referral_advocate", title=N_("Whoever recommended us gets {points:points} too."))
register(
    "till.reward_friend",
    title=N_("Welcome: a friend recommended us"),
    body=N_("For a first purchase of at least {minimum:money}. Yours on {available_at:date}."),
    steps=(
        (N_("First receipt, at least {minimum:money}"), "{total:money}"),
        *REVIEW_STEPS,
        (N_("For the new guest"), "{points:signed}"),
    ),
)
register(
    "till.reward_advocate",
    title=N_("A friend's first purchase"),
    body=N_("Somebody you recommended us to bought for at least {minimum:money}. Yours on {available_at:date}."),
    steps=(*REVIEW_STEPS, (N_("A friend's first receipt, at least {minimum:money}"), "{points:signed}")),
)
register(
    "till.return",
    title=N_("Return: {store:text}"),
    body=N_("They came from the purchase you returned."),
    steps=(
        (N_("Returned of {total:money}"), "{returned:money}"),
        (N_("Points for it, taken back"), "{points:signed}"),
    ),
)
register(
    "till.reward_return",
    title=N_("A purchase was returned"),
    body=N_("The purchase that brought this reward was returned."),
    steps=((N_("Points for it, taken back"), "{points:signed}"),),
)
register("receipt_returned", title=N_("{points:signed_points}"), body=N_("They came from the purchase you returned."))
register("till.taken_back", title=N_("{points:signed_points} for the returned purchase."))
register("till.coupon_given_back", title=N_("{title:text}: the coupon is good again."))
register("till.owed", title=N_("{points:points} were spent already; the next purchases make up for them."))
register(
    "till_enrolled",
    title=N_("{shop:text}: your card is ready"),
    body=N_(
        "You were enrolled at {store:text}. Sign in by this phone to see your points; if it was not you, ignore this."
    ),
)
register(
    "till.reserve",
    title=N_("Points set aside"),
    body=N_("For a purchase of {total:money} that was being paid."),
    steps=((N_("Set aside"), "{points:signed}"),),
)
register(
    "till.spend",
    title=N_("{store:text}"),
    body=N_("You paid {discount:money} with points."),
    steps=(
        (N_("Set aside at the till"), "{set_aside:points}"),
        (N_("Not needed, put back"), "{put_back:points}"),
        (N_("Paid with points"), "{discount:money}"),
        (N_("Points for it"), "{points:signed}"),
        (N_("It keeps your other points alive until"), "{prolonged_until:date}"),
    ),
)
register("till.cancel", title=N_("Points put back"), body=N_("The purchase did not need them."))
register("till.timeout", title=N_("Points put back"), body=N_("The purchase was not finished in time."))
register(
    "points_spent",
    title=N_("{points:signed_points}"),
    body=N_("{store:text}. You paid {discount:money} with them."),
)
register("till.spent", title=N_("{points:signed_points}: they paid {discount:money}."))
register(
    "till.unattached",
    title=N_("Nobody was named. Number and total of this receipt bring its points until {until:date}."),
)
register(
    "till.given_back",
    title=N_("Return: {store:text}"),
    body=N_("They had paid for the purchase you returned, and burn when they would have burnt."),
    steps=(
        (N_("Returned of {total:money}"), "{returned:money}"),
        (N_("Points that had paid for it"), "{points:signed}"),
    ),
)
register(
    "points_given_back", title=N_("{points:signed_points}"), body=N_("They had paid for the purchase you returned.")
)
register("till.gave_back", title=N_("{points:signed_points} had paid for it and are back."))
register(
    "till.return_owed",
    title=N_("Return: {store:text}"),
    body=N_(
        "They came from the purchase you returned. {owed:points} were spent already: your next points make up for them."
    ),
    steps=(
        (N_("Returned of {total:money}"), "{returned:money}"),
        (N_("Points for it, taken back"), "{points:signed}"),
        (N_("Of these spent already, owed"), "{owed:count}"),
    ),
)
register(
    "receipt_returned_owed",
    title=N_("{points:signed_points}"),
    body=N_(
        "They came from the purchase you returned. {owed:points} were spent already: your next points make up for them."
    ),
)
register(
    "till.reward_return_owed",
    title=N_("A purchase was returned"),
    body=N_(
        "The purchase that brought this reward was returned. {owed:points} were spent already: "
        "your next points make up for them."
    ),
    steps=(
        (N_("Points for it, taken back"), "{points:signed}"),
        (N_("Of these spent already, owed"), "{owed:count}"),
    ),
)
register(
    "till.forgiven",
    title=N_("The shop asks for nothing back"),
    body=N_("These points were spent before the purchase was returned. You owe nothing for them."),
    steps=((N_("Not asked back"), "{points:signed}"),),
)
