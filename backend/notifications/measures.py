"""What Prometheus is told of deliveries."""

from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy.orm import Session

from backend.notifications import queries
from backend.notifications.models import CHANNELS, OPEN_STATES


def measures(session: Session) -> Iterable[Metric]:
    """Deliveries in line and on their way, and channels that cannot send."""
    counted = queries.open_deliveries(session)
    deliveries = GaugeMetricFamily("molva_deliveries", "Deliveries that are not over", labels=["channel", "state"])
    refused = GaugeMetricFamily("molva_channel_refused", "1 while the provider refuses us", labels=["channel"])
    for channel in CHANNELS:
        for state in OPEN_STATES:
            deliveries.add_metric([channel, state], counted.get((channel, state), 0))
        refused.add_metric([channel], float(queries.channel_problem(session, channel) is not None))
    yield deliveries
    yield refused
