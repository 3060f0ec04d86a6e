"""What goes wrong with the cluster, in one sentence."""


class PostgresError(RuntimeError):
    """The cluster cannot be used. The message is one sentence for the operator."""
