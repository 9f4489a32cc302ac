"""The plan of rewards told slowly and obviously: everything is kept, and everything is counted anew at each event."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

KOPECKS_OF_A_POINT = 100
CLOCKS_DIFFER = timedelta(minutes=10)


@dataclass
class Came:
    """A reward that somebody got."""

    reward: str
    side: str
    member: str
    friend: str
    points: int
    at: datetime
    receipt: str | None
    back: int = 0

    @property
    def told(self) -> tuple[str, str, str, int, int]:
        """What of it is compared."""
        return self.reward, self.member, self.friend, self.points, self.back


@dataclass
class Bought:
    """A receipt of a friend."""

    receipt: str
    friend: str
    amount: int
    at: datetime
    back: int = 0


@dataclass
class Reference:
    """A shop with a plan, whose rewards are plain mappings as the document has them."""

    plan: list[dict[str, Any]]
    minimum: int
    advocate_points: int
    friend_points: int
    invited_by: dict[str, str] = field(default_factory=dict)
    joined_at: dict[str, datetime] = field(default_factory=dict)
    receipts: list[Bought] = field(default_factory=list)
    came: list[Came] = field(default_factory=list)
    qualified_by: dict[str, str] = field(default_factory=dict)
    were_guests: set[str] = field(default_factory=set)
    """Friends who are refused, for they had bought before they joined."""

    def joins(self, friend: str, *, advocate: str, at: datetime) -> None:
        """Somebody joins by an invitation."""
        self.invited_by[friend], self.joined_at[friend] = advocate, at
        for reward in self.plan:
            if reward["on"] == "join":
                self._give(reward, friend, at, None, reward["points"])

    def buys(self, friend: str, receipt: str, amount: int, *, at: datetime) -> None:
        """A friend buys something: the first purchase that is large enough qualifies, unless one of before joining has
        been told.
        """
        if at < self.joined_at[friend] - CLOCKS_DIFFER:
            if friend not in self.qualified_by:
                self.were_guests.add(friend)
            return
        self.receipts.append(Bought(receipt, friend, amount, at))
        qualifies = friend not in self.qualified_by and friend not in self.were_guests and amount >= self.minimum
        if qualifies:
            self.qualified_by[friend] = receipt
            for side, points in (("advocate", self.advocate_points), ("friend", self.friend_points)):
                if points:
                    self._give({"reward": "referral", "to": side}, friend, at, receipt, points)
        if friend not in self.qualified_by or self._is_reversed(friend):
            return
        for reward in self.plan:
            if self._happens(reward, friend, at, qualifies=qualifies):
                rate = reward.get("rate_basis_points")
                points = reward.get("points") or amount * rate // 10_000 // KOPECKS_OF_A_POINT
                self._give(reward, friend, at, receipt, points)

    def returns(self, receipt: str, amount: int) -> None:
        """So much of a receipt comes back; what it brought goes in the same share."""
        bought = next(one for one in self.receipts if one.receipt == receipt)
        bought.back += amount
        for one in self.came:
            if one.receipt == receipt:
                one.back = one.points - one.points * (bought.amount - bought.back) // bought.amount

    def _happens(self, reward: dict[str, Any], friend: str, at: datetime, *, qualifies: bool) -> bool:
        within = reward.get("within_days")
        if within is not None and at > self.joined_at[friend] + timedelta(days=within):
            return False
        mine = [one for one in self.receipts if one.friend == friend]
        stands = [one for one in self.came if one.reward == reward["reward"] and one.back < one.points]
        match reward["on"]:
            case "qualifying":
                return qualifies
            case "every_purchase":
                return True
            case "purchase":
                return len(mine) == reward["number"]
            case "spend":
                spent = sum(one.amount - one.back for one in mine)
                return spent >= reward["from_minor"] and not any(one.friend == friend for one in stands)
            case "milestone":
                advocate = self.invited_by[friend]
                friends = [one for one in self.qualified_by if self.invited_by[one] == advocate]
                living = [one for one in friends if not self._is_reversed(one)]
                has = any(one.member == advocate for one in stands)
                return qualifies and len(living) >= reward["friends"] and not has
        return False

    def _give(self, reward: dict[str, Any], friend: str, at: datetime, receipt: str | None, points: int) -> None:
        advocate = self.invited_by[friend]
        people = {"advocate": advocate, "friend": friend, "second_advocate": self.invited_by.get(advocate)}
        member = people[reward["to"]]
        if member is None:
            return
        cap = reward.get("cap")
        if cap is not None:
            since = at - timedelta(days=cap["window_days"])
            before = [
                one
                for one in self.came
                if (one.reward, one.member) == (reward["reward"], member)
                and since < one.at <= at
                and one.back < one.points
            ]
            if "times" in cap and len(before) >= cap["times"]:
                return
            if "points" in cap:
                points = min(points, cap["points"] - sum(one.points - one.back for one in before))
        if points > 0:
            self.came.append(Came(reward["reward"], reward["to"], member, friend, points, at, receipt))

    def _is_reversed(self, friend: str) -> bool:
        receipt = self.qualified_by.get(friend)
        return any(one.receipt == receipt and one.back == one.amount for one in self.receipts)
