"""The workbench: starts, checks and tests the platform on a machine without a container engine."""
