"""What hosts and plugin authors import in their own tests: schedules, and (with Hypothesis) strategies for them."""
