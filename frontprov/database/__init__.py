"""Django's PostgreSQL, with a look at a pooled connection before it is used."""
