"""Every SELECT and UPDATE of gateways, sensors and readings."""
