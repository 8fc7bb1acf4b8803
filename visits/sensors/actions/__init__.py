"""What gateways, people and the clock do with sensors. One action is one transaction."""
