"""The page for people: jobs, one job, quotas, what waits for approval, the audit.

It reads with the same tools as an agent, through the same guards and masking; what it shows is built from
``web/`` by ``make web``.
"""
