"""What people, gateways and the clock do with sensors. One action is one transaction."""

from visits.sensors.actions.managing import add_gateway, end_gateway, end_sensor, install_sensor, renew_key
from visits.sensors.actions.taking import Admitted, Outcome, admit, take_readings
from visits.sensors.actions.watching import purge_readings, watch_sensors
from visits.sensors.actions.witnessing import witness_windows

__all__ = [
    "Admitted",
    "Outcome",
    "add_gateway",
    "admit",
    "end_gateway",
    "end_sensor",
    "install_sensor",
    "purge_readings",
    "renew_key",
    "take_readings",
    "watch_sensors",
    "witness_windows",
]
