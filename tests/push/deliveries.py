"""Deliveries for tests: Alice's accrual, a campaign's message to Boris."""

from typing import Any
from uuid import uuid4

from push.delivery import Address, AddressKind, Channel, Delivery


def make_delivery(**facts: Any) -> Delivery:
    """An accrual's push to Alice's phone, unless told otherwise."""
    delivery_id = uuid4()
    values: dict[str, Any] = {
        "id": delivery_id,
        "attempt_id": uuid4(),
        "channel": Channel.PUSH,
        "address": Address(AddressKind.TOKEN, "alices-phone"),
        "title": "+120 баллов",
        "body": "Зерно, Покровка, 12. Можно тратить с 6 декабря.",
        "collapse_id": delivery_id.hex,
        "repeat_when_unknown": True,
        "data": {"kind": "accrual"},
    }
    return Delivery(**(values | facts))


def make_campaign_delivery(**facts: Any) -> Delivery:
    """A campaign's push to Boris's phone: never told twice."""
    return make_delivery(
        **({"address": Address(AddressKind.TOKEN, "boriss-phone"), "repeat_when_unknown": False} | facts)
    )
