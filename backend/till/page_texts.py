"""What the cashier's page says by its script, by the name under which the script asks; `{name}` stands for a fact."""

from backend.shared.i18n import _


def page_texts() -> dict[str, str]:
    """All the texts, in the reader's language."""
    return (
        _camera()
        | _scan()
        | _recommendation()
        | _guest()
        | _coupons()
        | _spending()
        | _done()
        | _undo_and_returns()
        | _without_connection()
        | _practice()
        | _failures()
    )


def _camera() -> dict[str, str]:
    return {
        "camera-starting": _("The camera is starting."),
        "camera-impossible": _("The camera works only over a secure connection. Type the number, or use the scanner."),
        "camera-forbidden": _("The browser may not use the camera. Allow it, type the number, or use the scanner."),
        "camera-absent": _("There is no camera here. Type the number, or use the scanner."),
        "camera-unreadable": _("The camera cannot read codes here. Type the number, or use the scanner."),
    }


def _scan() -> dict[str, str]:
    return {
        "hold-guest": _("Hold the guest’s phone here"),
        "hold-advocate": _("Hold the friend’s invitation here"),
        "hold-code": _("Hold the guest’s open code here"),
        "hold-coupon": _("Hold the guest’s coupon here"),
        "hold-claim": _("Hold the guest’s phone here"),
        "type-guest": _("Or type the card or phone"),
        "type-advocate": _("Or type the friend’s code"),
        "type-code": _("Only an open code lets spend"),
        "type-coupon": _("Or type the coupon’s code"),
        "type-claim": _("Or type the card or phone"),
        "purpose-advocate": _("Who recommended the shop?"),
        "purpose-advocate-words": _("Scan the friend’s invitation: a QR code in the app, or a link."),
        "purpose-code": _("Ask the guest to open the code"),
        "purpose-code-words": _("Points are spent by a code that was opened just now, on the guest’s own phone."),
        "purpose-coupon": _("Ask the guest to show the coupon"),
        "purpose-coupon-words": _("The coupon in the app, or the open code: a card or phone number opens no coupon."),
        "purpose-claim": _("Whose receipt is it?"),
        "purpose-claim-words": _("Scan the guest to whom the receipt of {amount} belongs."),
        "another-guests-code": _("This is another guest’s code."),
        "not-an-invitation": _("This is not an invitation. Scan the code that the friend shares."),
        "not-a-card": _("This is not a guest’s card."),
        "not-read-offline": _(
            "Without a connection only a guest’s code, card or phone can be taken. Check the digits."
        ),
        "empty-code": _("Scan the code, or type the card or phone."),
        "no-programme": _("The shop has no programme in force yet."),
        "no-programme-words": _("Points are given from when the marketer activates one. Then open this page anew."),
    }


def _recommendation() -> dict[str, str]:
    return {
        "recommended-title": _("Recommended by a friend?"),
        "recommended-hint-guest": _("First purchase only"),
        "recommended-hint-enrol": _("Scan the friend’s invitation"),
        "recommended-by": _("Recommended by {name}"),
        "recommended-kept": _("Counts with this purchase"),
        "advocate-known": _("Recommended by {name}. Now the new guest’s phone number."),
    }


def _guest() -> dict[str, str]:
    return {
        "card": _("card {card}"),
        "stale": _("This code is old. Points are earned all the same; to spend, ask the guest to open it again."),
        "coming": _("{points} more coming"),
        "with-fresh-code": _("with a fresh code"),
        "confirm": _("Confirm"),
        "confirm-amount": _("Confirm {amount}"),
        "confirm-to-pay": _("Confirm, {amount} to pay"),
        "guest-found": _("{name}: key in the amount."),
        "code-read": _("Code read"),
        "code-unknown": _("Nobody has this code yet"),
        "unseen-code": _("the guest’s own code"),
        "unseen-card": _("card •• {digits}"),
        "unseen-phone": _("phone •• {digits}"),
        "unseen-offline": _("Who it is and how many points there are will be known when the connection is back."),
        "without-card": _("Without a card"),
        "without-card-note": _("nobody is named"),
        "without-card-words": _("The receipt is kept. Its number brings the points in the app until {day}."),
        "unseen-unknown": _(
            "The receipt is kept without a guest. A manager can attach it when it is known whose it is."
        ),
    }


def _coupons() -> dict[str, str]:
    return {
        "discount": _("{percent} off: take it off before you key in the amount"),
        "coupon-needs-code": _("ask the guest to show it"),
        "not-given-offline": _("not without a connection"),
        "not-given": _("No connection. Nothing was handed over."),
        "give-again": _("Press Give again: a coupon counts once."),
    }


def _spending() -> dict[str, str]:
    return {
        "pays": _("guest pays {amount}"),
        "spend": _("Spend"),
        "spend-points": _("Spend {points}"),
        "spend-offline": _("not without a connection"),
        "spend-needs-code": _("ask the guest to open the code"),
        "spend-paused": _("not now"),
        "all": _("All"),
        "not-spent": _("No connection, and points are not spent without one. Nothing was spent."),
        "not-answered": _("The answer did not come."),
        "press-again": _("Press Confirm again: nothing is spent twice."),
    }


def _done() -> dict[str, str]:
    return {
        "points-for": _("Points for {name}"),
        "paid-with-points": _("Paid with points: {name}"),
        "no-points": _("Recorded. This receipt brings no points."),
        "receipt": _("Receipt {amount}."),
        "guest-pays": _("The guest pays {amount}."),
        "earned-too": _("Earned: {points}."),
        "earlier-recorded": _("The first amount, {amount}, had been recorded already. Nothing was doubled."),
        "in-seconds": _("in {seconds} s"),
        "unattached-title": _("Kept without a guest"),
        "number": _("No. {number}"),
        "claimable-until": _("Its points can be claimed until {day}."),
        "claim-say": _(
            "“Note the number, the day and the sum. In the app, under History, ‘A receipt is missing’, they bring your "
            "points until {day}.”"
        ),
        "claimed": _("The receipt has found its guest."),
    }


def _undo_and_returns() -> dict[str, str]:
    return {
        "undo": _("Undo, {seconds} s"),
        "undo-amount": _("Undo {amount}, {seconds} s"),
        "undo-over": _("To returns"),
        "undone": _("The sale is undone"),
        "give-back": _("Give back {amount}."),
        "undone-here": _("It had not been sent yet."),
        "not-undone": _("No connection. Nothing was undone."),
        "returned": _("The return is recorded"),
        "taken-too": _("Taken back: {points}."),
        "points-back": _("Points back to the guest: {points}."),
        "owed": _("Owed: {points}. The next purchases make up for it."),
        "forgiven": _("Not taken back, spent already: {points}."),
        "earlier-return": _("The first return, of {amount}, had been recorded already. Nothing was doubled."),
        "not-returned": _("No connection. Nothing was returned."),
        "no-such-number": _("No receipt can have this number."),
        "check-number": _("Letters, digits, hyphens, dots and colons. Check it and type it again."),
        "return": _("Record the return"),
        "return-amount": _("Return {amount}"),
        "key-in": _("key in the amount"),
        "tick": _("tick what comes back"),
        "lines-chosen": _("chosen: {number}"),
        "line-whole": _("{quantity} for {amount}"),
        "line-left": _("{left} of {quantity} left, {amount}"),
        "line-over": _("{quantity} for {amount}, all returned"),
        "line-more": _("One more: {sku}"),
        "line-fewer": _("One fewer: {sku}"),
        "all-that-is-left": _("all that is left of it"),
        "not-of-this-till": _("not among this till’s last receipts"),
        "state-recorded": _("recorded"),
        "state-waiting": _("waits to be sent"),
        "state-refused": _("refused"),
        "state-unattached": _("without a guest"),
        "state-claimable": _("without a guest; the app takes its number until {day}"),
        "state-returned": _("returned"),
        "state-partly": _("{amount} returned"),
    }


def _without_connection() -> dict[str, str]:
    return {
        "kept-title": _("Kept on this tablet"),
        "kept-words": _("It is sent by itself when the connection is back, and counts once."),
        "kept-say": _("“Your points will come as soon as we are connected again.”"),
        "count-waiting": _("Waiting: {number}"),
        "count-refused": _("Refused: {number}"),
        "waiting-words": _("{amount} in all, the oldest of {since}."),
        "nothing-waits": _("Everything has been sent."),
        "waits-elsewhere": _("{store}: {number}"),
        "getting-old": _("The oldest has waited {hours} hours. After 72 hours it is not taken any more."),
        "too-old": _("The oldest has waited longer than 72 hours and will be refused. Write it down."),
        "all-sent": _("Everything has been sent."),
        "by-code": _("code {code}"),
        "no-connection-yet": _("Still no connection."),
        "refused-receipt-too-old": _("This receipt is older than 72 hours"),
        "refused-receipt-too-old-words": _("It waited too long for a connection."),
        "refused-receipt-from-the-future": _("This receipt is dated in the future"),
        "refused-receipt-from-the-future-words": _("The tablet’s clock was wrong when it was sold."),
        "refused-unknown-currency": _("The shop takes no receipts in this currency any more"),
        "refused-unknown-currency-words": _("Its programme was changed while the receipt waited."),
        "refused-unknown-member": _("This guest is not known any more"),
        "refused-unknown-member-words": _("The card was closed while the receipt waited."),
    }


def _practice() -> dict[str, str]:
    return {
        "practice-1": _("Alice"),
        "practice-1-words": _("1,240 points"),
        "practice-2": _("Boris"),
        "practice-2-words": _("a new card"),
        "practice-3": _("Lena"),
        "practice-3-words": _("300 points, an old code"),
        "practice-coupon": _("Free cookie"),
        "practice-coupon-words": _("coupon for practice"),
        "practice-coupon-back": _("Free cookie: the coupon is good again."),
        "practice-coupon-given": _("Hand it to the guest."),
        "practice-only-samples": _("In practice only the three sample guests are known."),
        "practice-not-here": _("This is not part of the practice."),
        "practice-too-many": _("At most {points} points can be spent here."),
        "practice-more-than-sold": _("More is returned than was sold."),
    }


def _failures() -> dict[str, str]:
    return {
        "no-connection": _("No connection. Nothing was recorded."),
        "try-again": _("Try again."),
        "nothing-found": _("No connection. Nobody was looked up."),
        "not-enrolled": _("No connection. No card was given."),
        "failed": _("It did not go through."),
        "not-kept": _("This tablet could not keep the receipt."),
        "not-kept-advice": _("Write it down: amount, time and the guest’s card."),
    }
