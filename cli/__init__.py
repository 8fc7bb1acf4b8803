"""The `chuangdeng` command: starts the servers, plays the demo, imports and exports, looks after the house."""
