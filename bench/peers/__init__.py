"""Benchmarks against other ticket shops, run beside ours on the same machine."""
