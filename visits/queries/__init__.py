"""Every SELECT and UPDATE of plans, visits and reports. Row-level security holds each of them to the caller's areas."""
