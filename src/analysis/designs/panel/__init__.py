"""Units that start at different dates: grid, effects by group and time, orders, checks."""
