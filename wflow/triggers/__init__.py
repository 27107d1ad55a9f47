"""When things come due: cron expressions and time zones."""
