"""What members are told of referrals. The kinds of refusals and holds are also the reasons in the list of friends."""

from backend.shared.wording import N_, register

PURCHASE_PENDING = N_("The first purchase is made. The points are yours on {available_at:date}.")
WINDOW_OVER = N_("The return window is over, they are yours.")
AT_ONCE = N_("The first purchase is made, they are yours.")
AFTER_PURCHASE = N_("{points:points} after the first purchase of {minimum:money} or more.")

register("referral_joined", title=N_("{friend:member A new guest} joined by your link"), body=AFTER_PURCHASE)
register("referral_joined_friend", title=N_("{advocate:member A friend} invited you"), body=AFTER_PURCHASE)
register("referral_pending", title=N_("{points:points} for {friend:member a new guest}"), body=PURCHASE_PENDING)
register("referral_pending_friend", title=N_("{points:points} by invitation"), body=PURCHASE_PENDING)
register("referral_rewarded", title=N_("{points:points} for {friend:member a new guest}"), body=WINDOW_OVER)
register("referral_rewarded_friend", title=N_("{points:points} by invitation"), body=WINDOW_OVER)
register("referral_rewarded_at_once", title=N_("{points:points} for {friend:member a new guest}"), body=AT_ONCE)
register("referral_rewarded_at_once_friend", title=N_("{points:points} by invitation"), body=AT_ONCE)

RETURNED = N_("They came from a first purchase that was returned.")
register("referral_reversed", title=N_("{points:signed_points} for {friend:member a new guest}"), body=RETURNED)

register(
    "referral_crowd",
    title=N_("Many came by your link"),
    body=N_(
        "More than {friends:count} friends in {window_hours:count} hours. We look at their rewards before the points"
        " are given; whoever came before is rewarded as usual."
    ),
)

NEW_CODE = N_("{ended} leads to you no longer, nor do the links with it. Your new code is {code}.")
register("referral_code_asked", title=N_("You have a new invitation code"), body=NEW_CODE)
register(
    "referral_code_leaked",
    title=N_("Your invitation code was replaced"),
    body=N_("Many came by {ended}, so it ends within a day, and the links with it. Your new code is {code}."),
)

register("referral_state_joined", title=N_("Joined by your invitation"))
register("referral_state_qualified", title=N_("Made the first purchase; we look at it"))
register("referral_state_pending", title=N_("Made the first purchase; the points wait for the return window"))
register("referral_state_rewarded", title=N_("The points are yours"))
register("referral_state_rejected", title=N_("No reward"))
register("referral_state_reversed", title=N_("The purchase was returned"))

REFUSALS = {
    "bought_before": N_(
        "The first purchase was made before joining, and the reward is for new guests. Not so? Tell us at the till."
    ),
    "below_minimum": N_("The first purchase was below {minimum:money}. Not so? Tell us at the till."),
    "cap": N_(
        "The limit is {limit:count} rewarded friends in {window_days:count} days, and it is reached."
        " Not so? Tell us at the till."
    ),
    "same_contact": N_(
        "Both cards stand on one phone number or e-mail, and the reward is for two people. Not so? Tell us at the till."
    ),
    "same_device": N_(
        "Both cards were opened on one phone, and the reward is for two people. Not so? Tell us at the till."
    ),
    "advocate_predates": N_(
        "The friend was a guest before the one who sent the invitation. Not so? Tell us at the till."
    ),
    "review": N_("A person looked at it. Their word: {note}"),
    "disposable_email": N_(
        "The card stands on a temporary e-mail address, and the reward needs a lasting one."
        " Not so? Tell us at the till."
    ),
}
HOLDS = {
    "handed_down_device": N_(
        "Both cards were used on one phone, one after the other. We look at it before the points are given."
    ),
    "same_payment": N_(
        "Both cards paid with one payment card. That happens in families, so we look at it before the points are given."
    ),
    "staff_is_advocate": N_(
        "The purchase was rung up by the person who sent the invitation. We look at it before the points are given."
    ),
    "accounts_per_device": N_(
        "More than {accounts:count} cards were used on one phone. We look at it before the points are given."
    ),
    "ring_shares_device": N_(
        "One phone or payment card was used for several cards of one circle of friends."
        " We look at it before the points are given."
    ),
    "joins_per_code": N_(
        "More than {friends:count} friends joined by one code in {window_hours:count} hours."
        " We look at it before the points are given."
    ),
}

for reason, text in REFUSALS.items():
    register(f"referral_refused_{reason}", title=N_("No reward for {friend:member a new guest}"), body=text)
    register(f"referral_refused_{reason}_friend", title=N_("No points for the invitation"), body=text)
for reason, text in HOLDS.items():
    register(f"referral_held_{reason}", title=N_("The reward for {friend:member a new guest} waits"), body=text)
    register(f"referral_held_{reason}_friend", title=N_("The points for the invitation wait"), body=text)

FRIENDS_BROUGHT = N_("Friends you brought: {friends:count}")
# What inviting brings besides the points of the first purchase, by what it is for and to whom it goes.
BROUGHT = {
    "join_friend": N_("For joining by an invitation"),
    "join_advocate": N_("A friend joined by your link"),
    "join_second_advocate": N_("A friend of your friend joined"),
    "qualifying_friend": N_("For the first purchase by an invitation"),
    "qualifying_advocate": N_("A friend's first purchase"),
    "qualifying_second_advocate": N_("The first purchase of a friend's friend"),
    "purchase_friend": N_("Purchase no. {number:count} since you joined"),
    "purchase_advocate": N_("A friend's purchase no. {number:count}"),
    "purchase_second_advocate": N_("Purchase no. {number:count} of a friend's friend"),
    "every_purchase_friend": N_("Purchase by an invitation"),
    "every_purchase_advocate": N_("A friend's purchase"),
    "every_purchase_second_advocate": N_("A purchase of a friend's friend"),
    "spend_friend": N_("Your purchases have come to {spent:money}"),
    "spend_advocate": N_("A friend's purchases have come to {spent:money}"),
    "spend_second_advocate": N_("Purchases of a friend's friend have come to {spent:money}"),
    "milestone_advocate": FRIENDS_BROUGHT,
}
WHEN_YOURS = N_("Yours on {available_at:date}.")
# What a person decided on comes with the day of the decision.
REVIEW_STEPS = (
    (N_("Looked at by a person"), "{reviewed_at:date}"),
    (N_("Decided as the answer to a question"), "{answered_at:date}"),
)
BROUGHT_STEPS = (
    (N_("Share of the purchase"), "{rate_basis_points:percent}"),
    (N_("At most {maximum:points} in {window_days:count} days, of"), "{of:signed}"),
    *REVIEW_STEPS,
    (N_("Points for it"), "{points:signed}"),
)
for brought, text in BROUGHT.items():
    register(f"referral.{brought}", title=text, body=WHEN_YOURS, steps=BROUGHT_STEPS)
register(
    "referral.titled",
    title=N_("{title:text}"),
    body=N_("{what:said}. Yours on {available_at:date}."),
    steps=BROUGHT_STEPS,
)
register(
    "referral.refused",
    title=N_("A reward for joining was taken back"),
    body=N_("The invitation was found to be against the rules. Not so? Tell us at the till."),
    steps=((N_("Points for it, taken back"), "{points:signed}"),),
)
register("referral_reward", title=N_("{points:signed_points}"), body=N_("{what:said}. Yours on {available_at:date}."))
register("referral_coupon", title=N_("{coupon:text} for you"), body=N_("{what:said}. The coupon is in the app."))
register(
    "referral_coupon_missing",
    title=N_("{coupon:text} ran out"),
    body=N_("{what:said}. There is none left to give. Ask us at the till what can be had instead."),
)
register("referral_reward_reversed", title=N_("{points:signed_points}"), body=N_("A friend's purchase was returned."))
LOOKED_AT = N_("We have looked at it. The points are yours on {available_at:date}.")
LOOKED_AT_NOW = N_("We have looked at it, they are yours.")
register("referral_paid_pending", title=N_("{points:points} for {friend:member a new guest}"), body=LOOKED_AT)
register("referral_paid_pending_friend", title=N_("{points:points} by invitation"), body=LOOKED_AT)
register("referral_paid", title=N_("{points:points} for {friend:member a new guest}"), body=LOOKED_AT_NOW)
register("referral_paid_friend", title=N_("{points:points} by invitation"), body=LOOKED_AT_NOW)

# The plan, told to whoever invites: who gets what, and for what.
PLAN = {
    "join_friend": N_("{what} for the friend for joining."),
    "join_advocate": N_("{what} for you when a friend joins."),
    "join_second_advocate": N_("{what} for you when a friend of your friend joins."),
    "qualifying_friend": N_("{what} for the friend for a first purchase of {minimum:money} or more."),
    "qualifying_advocate": N_("{what} for you for the friend's first purchase of {minimum:money} or more."),
    "qualifying_second_advocate": N_("{what} for you for the first purchase of a friend's friend."),
    "purchase_friend": N_("{what} for the friend for purchase no. {number:count}."),
    "purchase_advocate": N_("{what} for you for the friend's purchase no. {number:count}."),
    "purchase_second_advocate": N_("{what} for you for purchase no. {number:count} of a friend's friend."),
    "every_purchase_friend": N_("{what} for the friend for every purchase."),
    "every_purchase_advocate": N_("{what} for you for every purchase of the friend."),
    "every_purchase_second_advocate": N_("{what} for you for every purchase of a friend's friend."),
    "spend_friend": N_("{what} for the friend when their purchases come to {spent:money}."),
    "spend_advocate": N_("{what} for you when the friend's purchases come to {spent:money}."),
    "spend_second_advocate": N_("{what} for you when the purchases of a friend's friend come to {spent:money}."),
    "milestone_advocate": N_("{what} for you when your friends with a first purchase come to {friends:count}."),
}
POINTS = N_("{points:points}")
SHARE = N_("{rate:percent} of the amount in points")
COUPON = N_("A coupon, “{title}”,")
ONLY_IF = N_("Only if {condition}.")
WITHIN_DAYS = N_("Days since joining: at most {days:count}.")
AT_MOST_POINTS = N_("At most {points:points} in {days:count} days.")
AT_MOST_TIMES = N_("In {days:count} days at most so many times: {times:count}.")
