"""Speed and memory as ratios in one run; see scripts/bench."""
