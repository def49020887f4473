"""What `./dev bench` runs: how fast the platform is, as ratios to references measured in the same run."""
