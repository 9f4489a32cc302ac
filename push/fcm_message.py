"""A delivery as Firebase Cloud Messaging wants it."""

from firebase_admin import messaging

from push.delivery import AddressKind, Delivery
from push.sender import Envelope, UnsendableError

PAYLOAD_BYTES_MAX = 4096
COLLAPSE_ID_BYTES_MAX = 64
RESERVED_DATA_KEYS = frozenset({"from", "message_type"})
RESERVED_DATA_PREFIXES = ("google.", "gcm.")


def encode(delivery: Delivery) -> Envelope:
    """The body of `messages:send` for a delivery. The same `collapse_id` makes a phone replace a message by its
    repeat.

    Raises:
        UnsendableError: Firebase would refuse it for ever.
    """
    _check(delivery)
    message = messaging.Message(
        data={**delivery.data, "nid": delivery.collapse_id},
        notification=messaging.Notification(title=delivery.title, body=delivery.body),
        android=messaging.AndroidConfig(
            priority="high", notification=messaging.AndroidNotification(tag=delivery.collapse_id)
        ),
        apns=messaging.APNSConfig(headers={"apns-collapse-id": delivery.collapse_id}),
    )
    if delivery.address.kind is AddressKind.FID:
        message.fid = delivery.address.value
    else:
        # Not by the constructor, which warns that tokens are deprecated: old phones have nothing else.
        message.token = delivery.address.value
    try:
        body = f'{{"message":{message}}}'
    except ValueError as error:
        raise UnsendableError(str(error)) from error
    return Envelope(delivery, body.encode())


def _check(delivery: Delivery) -> None:
    if delivery.address.kind not in (AddressKind.TOKEN, AddressKind.FID):
        raise UnsendableError(f"a push goes to a token or a fid, not to a {delivery.address.kind}")
    if len(delivery.collapse_id.encode()) > COLLAPSE_ID_BYTES_MAX:
        raise UnsendableError(f"the collapse id is longer than {COLLAPSE_ID_BYTES_MAX} bytes")
    for key in delivery.data:
        if key in RESERVED_DATA_KEYS or key.startswith(RESERVED_DATA_PREFIXES):
            raise UnsendableError(f"Firebase keeps the data key {key!r} for itself")
    texts = (delivery.title, delivery.body, delivery.collapse_id, *delivery.data.keys(), *delivery.data.values())
    if sum(len(str(text).encode()) for text in texts) > PAYLOAD_BYTES_MAX:
        raise UnsendableError(f"title, body and data together are longer than {PAYLOAD_BYTES_MAX} bytes")
