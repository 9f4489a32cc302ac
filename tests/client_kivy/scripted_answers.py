"""What the scripted server knows in the beginning: a week of Alice's, as in the pictures of the look."""

from typing import Any

ENTRIES = [
    {
        "id": "entry-120",
        "kind": "accrual",
        "points": 120,
        "occurred_at": "2026-11-22T09:31:00Z",
        "title": "Grain, Pokrovka 12",
        "status": "pending",
        "expires_on": "2027-12-06",
        "available_on": "2026-12-06",
        "receipt_id": None,
        "referral_id": None,
        "review": None,
    },
    {
        "id": "entry-150",
        "kind": "accrual",
        "points": 150,
        "occurred_at": "2026-11-21T15:05:00Z",
        "title": "For inviting Boris",
        "status": "posted",
        "expires_on": "2027-11-21",
        "available_on": "2026-11-21",
        "receipt_id": None,
        "referral_id": "referral-boris",
        "review": None,
    },
    {
        "id": "entry-16",
        "kind": "return",
        "points": -16,
        "occurred_at": "2026-11-21T07:12:00Z",
        "title": "Return, Grain, Myasnitskaya 5",
        "status": "posted",
        "expires_on": None,
        "available_on": None,
        "receipt_id": None,
        "referral_id": None,
        "review": None,
    },
    {
        "id": "entry-300",
        "kind": "spend",
        "points": -300,
        "occurred_at": "2026-11-20T08:00:00Z",
        "title": "Any cappuccino",
        "status": "posted",
        "expires_on": None,
        "available_on": None,
        "receipt_id": None,
        "referral_id": None,
        "review": None,
    },
]
EXPLANATION = {
    "text": "5% of the receipt back in points. Yours on 6 December.",
    "rule": "Points for purchases",
    "rule_version": 7,
    "inputs": {"total": {"amount_minor": 150000, "currency": "RUB"}},
    "steps": [
        {"text": "Your receipt", "figure": "₽1,500"},
        {"text": "Gift card: earns nothing", "figure": "−₽300"},
        {"text": "5% of it, rounded down", "figure": "+60"},
        {"text": "Double November, second 5%", "figure": "+60"},
    ],
}


WAY = {"pending": "The points wait", "rewarded": "The points are yours"}


def friend(id_: str, label: str, status: str, status_at: str, points: int, **more: Any) -> dict[str, Any]:
    """A row of friends."""
    row = {"id": id_, "label": label, "status": status, "status_at": status_at, "points": points}
    joined_at = "2026-11-01T10:00:00Z"
    timeline = [{"status": "joined", "at": joined_at, "text": "Joined by your invitation"}]
    if status != "joined":
        timeline.append({"status": status, "at": status_at, "text": more.get("reason") or WAY[status]})
    known = {
        "available_at": None,
        "reason": None,
        "decision_by": None,
        "timeline": timeline,
        "rewards": [],
        "may_dispute": True,
    }
    return {**row, "joined_at": joined_at, **known, **more}


FRIENDS = [
    friend("r1", "Boris K.", "rewarded", "2026-11-07T10:00:00Z", 150),
    friend(
        "r2",
        "Dasha",
        "pending",
        "2026-11-21T10:00:00Z",
        150,
        available_at="2026-12-05T10:00:00Z",
        timeline=[
            {"status": "joined", "at": "2026-11-18T10:00:00Z", "text": "Joined by your link from a messenger"},
            {"status": "qualified", "at": "2026-11-21T10:00:00Z", "text": "First purchase, ₽540"},
        ],
        rewards=[
            {"points": 150, "text": "For Dasha’s first purchase", "status": "pending", "at": "2026-11-21T10:00:00Z"}
        ],
    ),
    friend("r3", "Ivan P.", "joined", "2026-11-20T10:00:00Z", 0),
    friend(
        "r4",
        "Lena",
        "rejected",
        "2026-11-19T10:00:00Z",
        0,
        reason="Lena has had a Grain card since 2023, and the reward is for new guests.",
    ),
]
MILESTONES = [
    {
        "reward": "three_friends",
        "title": "Three friends",
        "friends": 3,
        "reached": 2,
        "points": 500,
        "is_reached": False,
        "coupon": None,
    },
]
PLAN = [
    {"text": "150 points for you for the friend’s first purchase of ₽300 or more."},
    {"text": "100 points for your friend for it."},
    {"text": "100 points more when your friend comes for the third time"},
    {"text": "1% of what your friend spends in the first year"},
]
MESSAGES = [
    {
        "id": "m1",
        "kind": "points_expiring",
        "title": "200 points burn on 30 November",
        "body": "A cappuccino costs 300: you have enough. Spend them in any café.",
        "created_at": "2026-11-22T06:10:00Z",
        "read_at": None,
    },
    {
        "id": "m2",
        "kind": "referral_rewarded",
        "title": "150 points for Boris",
        "body": "The 14 days for a return are over, they are yours. Thank you for the word.",
        "created_at": "2026-11-21T15:05:00Z",
        "read_at": None,
    },
    {
        "id": "m3",
        "kind": "campaign",
        "title": "Double points on beans",
        "body": "Until Sunday, in every café and online.",
        "created_at": "2026-11-20T09:00:00Z",
        "read_at": "2026-11-20T10:00:00Z",
    },
]

TIER = {
    "tier": "silver",
    "title": "Silver",
    "since": "2026-03-01T10:00:00Z",
    "holds_until": "2027-12-30T21:00:00Z",
    "measure": "points",
    "currency": "RUB",
    "measured": 1240,
    "next_tier": "gold",
    "next_title": "Gold",
    "missing": 760,
    "benefits": ["A drink on your birthday"],
}


def reward(id_: str, title: str, price: int, group: str | None, icon: str | None, **more: Any) -> dict[str, Any]:
    """A row of the catalogue, for somebody who has 1,240 points."""
    return {
        "id": f"grain:{id_}",
        "kind": "goods",
        "title": title,
        "description": None,
        "icon": icon,
        "group": group,
        "price_points": price,
        "currency": "RUB",
        "amount": None,
        "rate_basis_points": None,
        "minimum_receipt": None,
        "partner": None,
        "left": None,
        "left_today": False,
        "available": True,
        "reason": None,
        "reason_type": None,
        "points_missing": max(0, price - 1240),
        "terms": ["Valid for 30 days. Then the points do not come back."],
        **more,
    }


REWARDS = [
    reward("cappuccino", "Any cappuccino", 300, "Drinks", "cup", left=37, left_today=True, description="Hot or iced."),
    reward("cookie", "Cookie of the day", 150, "Drinks", "cookie"),
    reward("beans", "Brazil Santos beans, 250 g", 900, "Beans", "plant-2"),
    reward(
        "off",
        "₽500 off a purchase from ₽1,500",
        500,
        None,
        None,
        kind="money_off",
        amount=50000,
        minimum_receipt=150000,
        terms=["For a purchase of at least ₽1,500.", "Valid for 30 days. Then the points do not come back."],
    ),
    reward("latte-art", "Latte art class, 2 hours", 1380, "Events", "school", kind="event_place", left=7),
    reward(
        "mug",
        "Grain mug",
        700,
        None,
        "mug",
        left=0,
        available=False,
        reason="It is sold out",
        reason_type="reward-sold-out",
    ),
]
REDEMPTIONS = [
    {
        **{
            name: value
            for name, value in reward("cookie", "Free cookie", 150, None, "cookie").items()
            if name
            in (
                "kind",
                "title",
                "description",
                "icon",
                "price_points",
                "currency",
                "amount",
                "rate_basis_points",
                "minimum_receipt",
                "partner",
            )
        },
        "id": "019aa000-0000-7000-8000-00000000c00c",
        "reward_id": "grain:cookie",
        "state": "issued",
        "code": "C7K2-MQ3X-B9TW",
        "ordered_at": "2026-11-20T10:00:00Z",
        "issued_at": "2026-11-20T10:00:00Z",
        "valid_until": "2026-12-04",
        "ended_at": None,
        "may_cancel": True,
    },
]
