"""What can stand in the way of an embedded server, in words a person can act on."""


class EmbeddedServerError(Exception):
    """An embedded server cannot be started, reached or stopped; the text says what to do."""
