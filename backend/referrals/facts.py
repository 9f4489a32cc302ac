"""What is known of a referral when it is judged; plain data, gathered for a whole batch."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class OpenReferral:
    """A friend who joined by a code and has bought nothing that decided yet; or one whose purchases are followed, whose
    `status` says how it was decided. `second_advocate_id` invited the advocate.
    """

    id: UUID
    advocate_id: UUID
    friend_id: UUID
    joined_at: datetime
    second_advocate_id: UUID | None = None
    status: str = "joined"

    def member_id(self, side: str) -> UUID | None:
        """Who stands on a side; None where nobody invited the advocate."""
        if side == "advocate":
            return self.advocate_id
        return self.friend_id if side == "friend" else self.second_advocate_id


@dataclass(frozen=True, kw_only=True)
class Marks:
    """What two cards have in common that two people seldom have, and what surrounds them.

    `same_contact`: one phone number or one mailbox, once tags and meaningless dots are taken away, behind both cards.
    `same_device`: both cards were used on one installation. `handed_down_device`: so they were, but one after the
    other, and whoever had it first had gone over to another one. `same_payment`: both paid with one payment card.
    `same_address`: both joined from one network with one browser or app.
    `accounts_on_device`: how many members began to use the friend's most shared device within the window.
    `ring_people`: how many people, with the two, are joined by invitations and by shared devices or payment cards; 0
    where nobody else of their circle shares any with the friend.
    """

    same_contact: bool = False
    same_device: bool = False
    handed_down_device: bool = False
    same_payment: bool = False
    same_address: bool = False
    only_disposable_email: bool = False
    accounts_on_device: int = 0
    ring_people: int = 0
    advocate_joined_later: bool = False


@dataclass(frozen=True, kw_only=True)
class QualificationFacts(Marks):
    """The facts of one referral under its members' locks.

    `rewards_in_cap_window`: friends of the advocate that are held, pending or rewarded and qualified within the window.
    `joins_in_window`: joins by any code of the advocate in the hours up to and with this friend's own.
    `cashier_is_advocate`: the person who rang up the purchase is the one who would be rewarded for it.
    `bought_before_joining`: the purchase is older than the invitation.
    """

    rewards_in_cap_window: int
    joins_in_window: int = 1
    cashier_is_advocate: bool = False
    bought_before_joining: bool = False
