"""make bench: this server beside stock django-scim2 and a bare Django view, in one run on one PostgreSQL."""
