"""Tables of sensors: the gateways that send for them, and their readings."""

from piccolo.columns import UUID, Bytea, ForeignKey, Integer, Numeric, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table


class SensorGateway(Table):
    """Whoever sends readings for many sensors, and the key they sign with."""

    id = UUID(primary_key=True, default=None)
    area_id = Integer(index=True)
    name = Varchar(length=40)
    key_sealed = Bytea()
    created_by = UUID(default=None)
    created_at = Timestamptz(default=None)
    ended_by = UUID(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)
    heard_at = Timestamptz(null=True, default=None)


class Sensor(Table):
    """A meter or contact in a home."""

    id = UUID(primary_key=True, default=None)
    gateway_id = ForeignKey(SensorGateway, null=False, default=None, index=True)
    recipient_id = UUID(default=None, index=True)
    area_id = Integer()
    district_id = Integer()
    kind = Varchar(length=12)
    label = Varchar(length=40)  # as the gateway calls it
    created_by = UUID(default=None)
    created_at = Timestamptz(default=None)
    ended_by = UUID(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)
    heard_at = Timestamptz(null=True, default=None)  # the latest reading's own time
    silent_since = Timestamptz(null=True, default=None)

    sensor_known_kind = Check("kind IN ('water', 'electricity', 'door')")


class SensorEvent(Table):
    """A reading, once by its own number."""

    id = UUID(primary_key=True, default=None)
    sensor_id = ForeignKey(Sensor, null=False, default=None)
    event_id = Varchar(length=64)
    area_id = Integer()
    at = Timestamptz(default=None)
    received_at = Timestamptz(default=None)
    amount = Numeric(digits=(12, 4))  # litres, watt-hours, or openings since the reading before

    sensor_event_once = Unique([sensor_id, event_id])
    sensor_event_not_negative = Check("amount >= 0")
