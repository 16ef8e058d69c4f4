"""From a plan to a published set: plan, execute, render, publish."""
