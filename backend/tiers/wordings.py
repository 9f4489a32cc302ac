"""What members are told of their tiers."""

from backend.shared.wording import N_, register

YOURS_UNTIL = N_("It is yours through {holds_until:date}.")

register("tier_reached", title=N_("You have reached {title:text}"), body=YOURS_UNTIL)
register("tier_reached_for_life", title=N_("You have reached {title:text}"), body=N_("It is yours for good."))
register("tier_reviewed", title=N_("Your tier is {title:text} now"), body=YOURS_UNTIL)
register("tier_reviewed_for_life", title=N_("Your tier is {title:text} now"), body=N_("It is yours for good."))
register("tier_ended", title=N_("Your tier has ended"), body=N_("Your next purchases count towards it again."))
