"""For hosts on particular frameworks; each package here imports its framework, and nothing else imports it."""
