"""Friends: the code and link to share, what both get, and where each friend stands."""

# mypy: disallow-subclassing-any=False
from typing import Any

from kivy.metrics import dp
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from client_kivy.screens.page import Page
from client_kivy.state.freshness import standstill
from client_kivy.state.friends import friend_of, rewarded_summary, visitors
from client_kivy.state.inbox import unread_count
from client_kivy.state.invitation import NO_INVITATION, Invitation, invitation_of
from client_kivy.state.shop import shop_of
from client_kivy.widgets import button, header, load_rules, mark, notice, qr_code  # noqa: F401 - rules
from client_kivy.widgets.ground import Ground, Panel
from client_kivy.widgets.rows import friend_row_height
from client_kivy.widgets.text import text_height

CODE_SIDE, CODE_SIDE_NARROW = 150, 124
NARROW = 380


class LinkBox(Ground, BoxLayout):
    """The link in full, and a way to copy it."""

    invitation = ObjectProperty(NO_INVITATION, rebind=True)


class InvitationPanel(Panel):
    """The code to be scanned from this screen, what both get, the link, and sharing it."""

    invitation = ObjectProperty(NO_INVITATION, rebind=True)
    code_side = NumericProperty("150dp")


class FriendsTitle(BoxLayout):
    """What stands above the list."""

    summary = StringProperty("")


class Friends(Page):
    """See the module."""

    reads = ("friends", "referral", "messages", "me", "shop")
    unread = NumericProperty(0)
    coming = BooleanProperty(defaultvalue=True)
    nobody = BooleanProperty(defaultvalue=False)
    standing = ObjectProperty(None, allownone=True, rebind=True)
    invitation = ObjectProperty(NO_INVITATION, rebind=True)

    def on_width(self, *_changed: Any) -> None:
        """Texts wrap anew."""
        self._show_soon()

    def show(self) -> None:
        """See `Page`."""
        shop = shop_of(self.resource("shop").data)
        self.unread = unread_count(self.resource("messages").data)
        self.invitation = invitation_of(self.resource("referral").data, shop)
        self.standing = standstill(self.resource("friends"))
        self.coming = not self.resource("friends").known and self.standing is None
        items = self.items("friends")
        self.nobody = self.resource("friends").known and not items and not self.invitation.visits
        self.ids.rows.data = [] if self.nobody else self._rows(items)

    def _rows(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        width, now = self.width - dp(32), self.app.now()
        side = dp(CODE_SIDE if self.width >= dp(NARROW) else CODE_SIDE_NARROW)
        data: list[dict[str, Any]] = [
            {
                "viewclass": "InvitationPanel",
                "invitation": self.invitation,
                "code_side": side,
                "row_size": (0, invitation_height(self.invitation, width, side)),
            },
            {"viewclass": "FriendsTitle", "summary": rewarded_summary(items), "row_size": (0, dp(54))},
        ]
        friends = [friend_of(item, now=now) for item in items]
        if self.invitation.visits and not (self.resource("friends").data or {}).get("next_cursor"):
            friends.append(visitors(self.invitation.visits))
        last = len(friends) - 1
        for place, friend in enumerate(friends):
            data.append(
                {
                    "viewclass": "FriendRow",
                    "friend": friend,
                    "first": place == 0,
                    "last": place == last,
                    "row_size": (0, friend_row_height(friend, width)),
                }
            )
        return data


def invitation_height(invitation: Invitation, width: float, side: float) -> float:
    """How high the panel becomes in a list this wide."""
    words = 2 * dp(18 + 26) + dp(24) + text_height(invitation.condition, "caption", int(width - dp(34 + 16) - side))
    return float(max(side, words) + dp(17 + 14 + 48 + 8 + 56 + 17))


load_rules(__file__)
