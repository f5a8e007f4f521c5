"""SCIM filters: one grammar for queries and PATCH paths (RFC 7644 §3.4.2.2, §3.5.2)."""
