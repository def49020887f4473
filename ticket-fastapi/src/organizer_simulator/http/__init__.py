"""The simulator's HTTP interface."""
