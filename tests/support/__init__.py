"""Real parts for the tests: a PostgreSQL server, an SMTP server, a browser. Nothing here is used by the service."""
