"""The kinds of work that tills bring, each done in batches of concurrent requests."""

from backend.receipts.errors import StillInFlight
from backend.till.batch import Recorded
from backend.till.group_commit import Work
from backend.till.receipt_request import ReceiptRequest
from backend.till.recording import record_receipts
from backend.till.reservation import ConfirmationRequest, ReservationRequest, Reserved, Resolved
from backend.till.reserving import reserve_together
from backend.till.resolving import confirm_together

RECORDING: Work[ReceiptRequest, Recorded] = Work("recording", record_receipts, in_flight=StillInFlight)
RESERVING: Work[ReservationRequest, Reserved] = Work("reserving", reserve_together)
CONFIRMING: Work[ConfirmationRequest, Resolved] = Work("confirming", confirm_together)
