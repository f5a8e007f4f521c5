"""The bare view, on the same rows as this server."""

from benchmarks.subject_frontprov import prepare

PREFIX = "/floor"

__all__ = ["PREFIX", "prepare"]
