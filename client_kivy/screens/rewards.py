"""Rewards: what can be had for points, the coupons that are the member's, and ordering."""

# mypy: disallow-subclassing-any=False
from typing import Any

from kivy.metrics import dp
from kivy.properties import BooleanProperty, DictProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from client_kivy.screens.page import Page
from client_kivy.screens.reward_sheets import OrderQuestion
from client_kivy.state import formatting
from client_kivy.state.freshness import standstill
from client_kivy.state.home import card_of
from client_kivy.state.inbox import unread_count
from client_kivy.state.rewards import ALL, NO_COUPON, Coupon, Offer, coupons_of, groups_of, offers_of
from client_kivy.theme import ICONS
from client_kivy.widgets import button, header, load_rules, notice  # noqa: F401 - rules
from client_kivy.widgets.ground import Ground
from client_kivy.widgets.text import text_height

COLUMN_GAP = 8
CARD_SIDES = 15
CARD_GAP = 7
NO_OFFER = Offer("", "", "", "", "", "", may_order=False, price_points=0, description="", terms=())


class RewardsTop(BoxLayout):
    """The balance, and what of it burns."""

    points = StringProperty("")
    burning = StringProperty("")


class CouponCard(Ground, BoxLayout):
    """A coupon of the member's."""

    coupon = ObjectProperty(NO_COUPON, rebind=True)


class GroupChips(BoxLayout):
    """The groups of the catalogue, of which one is chosen."""

    choices = DictProperty({})
    chosen = StringProperty(ALL)
    pressed = ObjectProperty(None, allownone=True)

    def choose(self, value: str) -> None:
        """A group was pressed."""
        if self.pressed and value != self.chosen:
            self.pressed(value)


class OfferCard(Ground, BoxLayout):
    """One reward."""

    offer = ObjectProperty(NO_OFFER, rebind=True)
    pressed = ObjectProperty(None, allownone=True)

    def order(self) -> None:
        """It is wanted."""
        if self.pressed and self.offer.may_order:
            self.pressed(self.offer)


class OfferPair(BoxLayout):
    """Two rewards side by side, or one at the end."""

    left = ObjectProperty(NO_OFFER, rebind=True)
    right = ObjectProperty(NO_OFFER, rebind=True)
    pressed = ObjectProperty(None, allownone=True)


class Rewards(Page):
    """See the module."""

    reads = ("rewards", "redemptions", "balance", "messages", "me", "shop")
    chosen = StringProperty(ALL)
    unread = NumericProperty(0)
    coming = BooleanProperty(defaultvalue=True)
    nothing = BooleanProperty(defaultvalue=False)
    standing = ObjectProperty(None, allownone=True, rebind=True)

    def on_width(self, *_changed: Any) -> None:
        """Texts wrap anew."""
        self._show_soon()

    def choose(self, group: str) -> None:
        """Shows the rewards of a group."""
        self.chosen = group
        self._show()

    def ask(self, offer: Offer) -> None:
        """Asks once more, with what it takes and what to know."""
        available = (self.resource("rewards").data or {}).get("spendable_points", 0)
        self.app.root.open_sheet(offer.title, OrderQuestion(offer=offer, available=available))

    def show(self) -> None:
        """See `Page`."""
        self.unread = unread_count(self.resource("messages").data)
        catalogue = self.resource("rewards")
        self.standing = standstill(catalogue)
        self.coming = not catalogue.known and self.standing is None
        today = self.app.now().date()
        coupons = coupons_of(self.items("redemptions"), today=today)
        self.nothing = catalogue.known and not self.items("rewards") and not coupons
        self.ids.rows.data = [] if self.nothing or not catalogue.known else self._rows(coupons)

    def _rows(self, coupons: list[Coupon]) -> list[dict[str, Any]]:
        card = card_of(self.resource("balance").data, [], now=self.app.now())
        known = self.resource("balance").known
        rows: list[dict[str, Any]] = [
            {
                "viewclass": "RewardsTop",
                "points": formatting.points(card.available) if known else "",
                "burning": card.burns_until,
                "row_size": (0, dp(48)),
            }
        ]
        rows += [{"viewclass": "CouponCard", "coupon": coupon, "row_size": (0, dp(108))} for coupon in coupons]
        items = self.items("rewards")
        groups = groups_of(items)
        if self.chosen not in groups:
            self.chosen = ALL
        if groups:
            rows.append(
                {
                    "viewclass": "GroupChips",
                    "choices": groups,
                    "chosen": self.chosen,
                    "pressed": self.choose,
                    "row_size": (0, dp(60)),
                }
            )
        offers = offers_of(items, group=self.chosen, icons=ICONS["outline"])
        width = (self.width - dp(32 + COLUMN_GAP)) / 2
        for place in range(0, len(offers), 2):
            pair = offers[place : place + 2]
            rows.append(
                {
                    "viewclass": "OfferPair",
                    "left": pair[0],
                    "right": pair[1] if len(pair) > 1 else NO_OFFER,
                    "pressed": self.ask,
                    "row_size": (0, max(offer_height(offer, width) for offer in pair) + dp(COLUMN_GAP)),
                }
            )
        return rows


def offer_height(offer: Offer, width: float) -> float:
    """How high a card becomes that is so wide."""
    inside = int(width - dp(2 * CARD_SIDES))
    words = max(text_height(offer.title, "body_strong", inside), dp(48)) + text_height(offer.reason, "caption", inside)
    return float(dp(2 * CARD_SIDES + 40 + 4 * CARD_GAP + 48) + words)


load_rules(__file__)
