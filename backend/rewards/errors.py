"""What can stand in the way of a reward."""

from flask_babel import lazy_gettext as _l

from backend.shared.errors import Conflict, Forbidden, Invalid, NotFound


class UnknownReward(NotFound):
    """No programme in force offers it."""

    slug = "unknown-reward"
    title = _l("There is no such reward")


class UnknownOrder(NotFound):
    """There is no such order, or it is not the caller's to see."""

    slug = "unknown-redemption"
    title = _l("There is no such order")


class UnknownCoupon(NotFound):
    """No coupon has this code."""

    slug = "unknown-coupon"
    title = _l("There is no coupon with this code")


class RewardPaused(Conflict):
    """The shop does not give it out for the time being."""

    slug = "reward-paused"
    title = _l("This reward cannot be had just now")
    advice = _l("Nothing was spent. Look in again later.")


class RewardOver(Conflict):
    """Its last day has gone by."""

    slug = "reward-over"
    title = _l("The time of this reward is over")
    advice = _l("Nothing was spent.")


class SoldOut(Conflict):
    """All there are were ordered."""

    slug = "reward-sold-out"
    title = _l("There are none left")
    advice = _l("Nothing was spent.")


class SoldOutToday(Conflict):
    """All that there are for a day were ordered."""

    slug = "reward-sold-out-today"
    title = _l("There are none left for today")
    advice = _l("Nothing was spent. There are new ones tomorrow.")


class MemberLimitReached(Conflict):
    """The member had as many as one may have."""

    slug = "reward-limit-reached"
    title = _l("One person may have %(maximum)d of these")
    advice = _l("Nothing was spent.")


class NotForThisMember(Forbidden):
    """The programme says who may order it."""

    slug = "reward-not-for-you"
    title = _l("Only if %(condition)s")
    advice = _l("Nothing was spent.")


class KeyUsedForAnotherOrder(Invalid):
    """The same Idempotency-Key came before with another reward."""

    slug = "different-content"
    title = _l("This key was used for another reward")
    advice = _l("Nothing was spent. Send a new Idempotency-Key for a new order, or the same reward to repeat.")


class OrderUsed(Conflict):
    """What was handed over does not come back as points."""

    slug = "redemption-used"
    title = _l("This coupon was used already")


class OrderExpired(Conflict):
    """Its last day has gone by; the points do not come back."""

    slug = "redemption-expired"
    title = _l("The time of this coupon is over")


class OrderCancelled(Conflict):
    """It was cancelled, and its points were given back."""

    slug = "redemption-cancelled"
    title = _l("This order was cancelled")


class CodeWasShown(Conflict):
    """A partner's code can be used elsewhere, so the shop has to look first."""

    slug = "partner-code-shown"
    title = _l("A partner’s code that you have seen cannot be given back here")
    advice = _l("Ask the shop: it looks with the partner whether the code was used.")


class CouponUsed(Conflict):
    """A coupon is used once."""

    slug = "coupon-used"
    title = _l("This coupon was used already")
    advice = _l("On %(on)s: %(store)s.")


class CouponExpired(Conflict):
    """The coupon's last day has gone by."""

    slug = "coupon-expired"
    title = _l("The time of this coupon is over")
    advice = _l("Its last day was %(on)s.")


class CouponCancelled(Conflict):
    """The coupon was cancelled, and its points were given back."""

    slug = "coupon-cancelled"
    title = _l("This coupon was cancelled")
    advice = _l("Its points are the guest’s again.")


class ReceiptTooSmall(Invalid):
    """The coupon is for larger purchases."""

    slug = "receipt-too-small"
    title = _l("This coupon is for a receipt of at least %(minimum_minor)s minor units")
    advice = _l("Nothing was used.")


class CodesNotLoaded(Invalid):
    """The programme makes this reward's codes itself."""

    slug = "codes-made-here"
    title = _l("The codes of this reward are made here, so none are loaded")
