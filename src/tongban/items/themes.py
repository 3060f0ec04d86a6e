"""The themes people look for."""

from tongban.identity.actor import Actor
from tongban.items.models import Theme


def themes(
    actor: Actor,  # noqa: ARG001 - themes are public; the actor stands here as in every query
    audience: str = "",
) -> list[Theme]:
    """All themes in their order; those of one audience where it is given."""
    found = Theme.objects.all()
    return list(found.filter(audience=audience) if audience else found)
