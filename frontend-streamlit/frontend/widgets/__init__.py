"""Pieces of the screen that several pages share, and the browser scripts behind them. Asks no service."""
