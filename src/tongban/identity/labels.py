"""Words for what somebody is to whom they act for."""

from django.utils.translation import gettext as _

from tongban.identity.mandates import Basis
from tongban.identity.models import Delegation


def basis_label(basis: Basis) -> str:
    """By what somebody acts for another, in the reader's language."""
    match basis:
        case Basis.REPRESENTATIVE:
            return _("legal representative")
        case Basis.FORMER_REPRESENTATIVE:
            return _("last legal representative")
        case Basis.GUARDIAN:
            return _("guardian")
        case Basis.WRITTEN_POWER:
            return _("written power of attorney")
        case _:
            return str(Delegation.Kind(basis).label)
