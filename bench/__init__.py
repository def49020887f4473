"""The benchmarks of `./dev bench`: rates of the platform, as ratios to references that are measured in the same run."""
