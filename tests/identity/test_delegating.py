"""Delegation: offered, accepted, used within its matters and deeds, ended; and never a word about a number."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.identity.people import CARER, MOTHER, YEAR, People, account_of, hats, number, wearing
from tests.world import NOW, TODAY
from tongban.cases.actions import start_draft, withdraw
from tongban.cases.queries import case_view, my_cases, my_drafts
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.models import LedgerEntry
from tongban.identity.actions import issue_token
from tongban.identity.delegating import (
    ANSWERED_WITHIN,
    Invitation,
    Standing,
    accept_delegation,
    decline_delegation,
    end_delegation,
    offer_delegation,
    standing,
)
from tongban.identity.mandates import Deed
from tongban.identity.models import Delegation, Organisation
from tongban.identity.queries import my_delegations, open_invitations
from tongban.identity.tokens import actor_of_session, actor_of_token
from tongban.userspace.queries import my_messages


def test_it_holds_when_accepted_and_shows_agent_and_principal(people: People) -> None:
    offered = offer_delegation(people.mother, people.invitation(), NOW)
    assert hats(people.carer) == {"person", f"organisation:{people.world.organisation.pk}"}
    assert open_invitations(people.carer, TODAY) == 1
    accept_delegation(people.carer, offered.pk, NOW)
    hat = wearing(people.carer, f"person:{people.mother.person_id}")
    assert (hat.role, hat.principal) == ("agent", f"person:{people.mother.person_id}")
    case = people.apply(hat)
    assert (case.person_id, case.applicant_name) == (people.mother.person_id, "韦秀兰")
    entry = LedgerEntry.objects.get(object_id=str(case.pk), deed="submit")
    assert (entry.account_id, entry.principal) == (people.carer.account_id, f"person:{people.mother.person_id}")
    for reader in (people.mother, hat, people.world.window):
        view = case_view(reader, case.pk, TODAY)
        assert "劳文静" in view.applied_by
        assert "韦秀兰" in view.applied_by
        assert view.events[0].who == view.applied_by


def test_offering_accepting_and_ending_twice_is_once(people: People) -> None:
    first = offer_delegation(people.mother, people.invitation(), NOW)
    assert offer_delegation(people.mother, people.invitation(), NOW) == first
    for _ in range(2):
        accept_delegation(people.carer, first.pk, NOW)
    for side in (people.mother, people.carer):
        end_delegation(side, first.pk, NOW)
    deeds = LedgerEntry.objects.filter(object_id=str(first.pk)).values_list("deed", flat=True)
    assert list(deeds.order_by("id")) == ["offer_delegation", "accept_delegation", "revoke_delegation"]


def test_ended_by_either_side_sessions_and_tokens_lose_the_hat_at_once(people: People) -> None:
    account = account_of(people.carer)
    proof = account.get_session_auth_hash()
    for side in (people.mother, people.carer):
        delegation, hat = people.delegated()
        now = timezone.now()
        token, _kept = issue_token(account, hat.hat, now)
        assert actor_of_token(token, now) == hat
        assert actor_of_session(str(account.pk), proof, hat.hat, TODAY) == hat
        end_delegation(side, delegation.pk, NOW)
        assert actor_of_token(token, now) is None
        assert actor_of_session(str(account.pk), proof, hat.hat, TODAY) is None
        assert hat.hat not in hats(people.carer)


def test_the_hat_ends_with_its_last_day(people: People) -> None:
    _delegation, hat = people.delegated(valid_to=TODAY + timedelta(days=3))
    account = account_of(hat)
    for day, holds in ((2, True), (3, False)):
        on = TODAY + timedelta(days=day)
        assert (hat.hat in hats(people.carer, on)) is holds
        assert bool(actor_of_session(str(account.pk), account.get_session_auth_hash(), hat.hat, on)) is holds


def test_only_the_named_matters_are_seen_and_done(people: People) -> None:
    world = people.world
    others = people.apply(people.mother, people.other_service)
    start_draft(people.mother, people.other_service.pk, NOW)
    for scope in ({"services": frozenset({world.service.pk})}, {"items": frozenset({world.service.item_id})}):
        delegation, hat = people.delegated(**scope)
        mine = people.apply(hat)
        assert {row.id for row in my_cases(hat, TODAY).rows} >= {mine.pk}
        assert others.pk not in {row.id for row in my_cases(hat, TODAY).rows}
        assert my_drafts(hat) == []
        assert my_messages(hat).rows == []
        with pytest.raises(NotFoundError):
            case_view(hat, others.pk, TODAY)
        with pytest.raises(NotAllowedError):
            people.apply(hat, people.other_service)
        with pytest.raises(NotAllowedError):
            start_draft(hat, people.other_service.pk, NOW)
        end_delegation(people.mother, delegation.pk, NOW)


def test_only_the_named_deeds_are_done(people: People) -> None:
    case = people.apply(people.mother)
    _delegation, reads = people.delegated(deeds=frozenset())
    view = case_view(reads, case.pk, TODAY)
    assert view.actions == []
    with pytest.raises(NotAllowedError):
        people.apply(reads)
    with pytest.raises(NotAllowedError):
        withdraw(reads, case.pk, case.revision, NOW)
    _other, follows = people.delegated(deeds=frozenset({Deed.FOLLOW_UP}))
    assert "withdraw" in case_view(follows, case.pk, TODAY).actions
    withdraw(follows, case.pk, case.revision, NOW)


def test_deeds_of_several_delegations_do_not_mix(people: People) -> None:
    """Seeing everything and applying in one matter does not make applying in everything."""
    people.delegated(deeds=frozenset())
    _second, hat = people.delegated(services=frozenset({people.world.service.pk}))
    people.apply(hat)
    case = people.apply(people.mother, people.other_service)
    assert case_view(hat, case.pk, TODAY).actions == []
    with pytest.raises(NotAllowedError):
        people.apply(hat, people.other_service)
    with pytest.raises(NotAllowedError):
        withdraw(hat, case.pk, case.revision, NOW)


def test_the_inviting_side_never_learns_whether_a_number_is_known(people: People) -> None:
    known = offer_delegation(people.mother, people.invitation(), NOW)
    wrong_name = offer_delegation(people.mother, people.invitation(name="某某"), NOW)
    unknown = offer_delegation(people.mother, people.invitation(number=number(TODAY.replace(year=1960), 9)), NOW)
    rows = my_delegations(people.mother, TODAY).given
    told = {(row.standing, row.kind, row.last_day, row.given) for row in rows}
    assert len(rows) == 3
    assert told == {(Standing.OFFERED, "carer", TODAY + YEAR - timedelta(days=1), True)}
    assert Delegation.objects.filter(agent=None).count() >= 3
    # Only who has both finds it.
    assert [row.id for row in my_delegations(people.carer, TODAY).taken if row.standing is Standing.OFFERED] == [
        known.pk
    ]
    for other in (wrong_name, unknown):
        with pytest.raises(NotFoundError):
            accept_delegation(people.carer, other.pk, NOW)


def test_a_stranger_neither_accepts_nor_ends_it(people: People) -> None:
    offered = offer_delegation(people.mother, people.invitation(), NOW)
    for act in (accept_delegation, decline_delegation, end_delegation):
        with pytest.raises(NotFoundError):
            act(people.stranger, offered.pk, NOW)


def test_who_was_given_does_not_pass_it_on(people: People) -> None:
    _delegation, hat = people.delegated()
    with pytest.raises(NotAllowedError):
        offer_delegation(hat, people.invitation(), NOW)
    with pytest.raises(NotAllowedError):
        my_delegations(hat, TODAY)


def test_an_invitation_lapses_and_a_declined_one_is_over(people: People) -> None:
    offered = offer_delegation(people.mother, people.invitation(), NOW)
    late = NOW + ANSWERED_WITHIN + timedelta(days=1)
    with pytest.raises(ConflictError):
        accept_delegation(people.carer, offered.pk, late)
    assert standing(offered, timezone.localdate(late)) is Standing.LAPSED
    decline_delegation(people.carer, offered.pk, NOW)
    with pytest.raises(ConflictError):
        accept_delegation(people.carer, offered.pk, NOW)


def test_what_is_wrong_is_named(people: People) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"kind": "boss"}, "kind"),
        ({"name": " "}, "name"),
        ({"number": CARER[:-1] + "0"}, "number"),
        ({"number": MOTHER}, "number"),
        ({"paper": "library_card"}, "paper"),
        ({"deeds": frozenset({"sell"})}, "deeds"),
        ({"valid_to": None}, "valid_to"),
        ({"valid_to": TODAY}, "valid_to"),
        ({"valid_to": TODAY + 6 * YEAR}, "valid_to"),
        ({"valid_from": TODAY - timedelta(days=1)}, "valid_from"),
        ({"kind": "agent_firm", "credit_code": "1"}, "credit_code"),
    ]
    for given, field in cases:
        with pytest.raises(InvalidError) as refused:
            offer_delegation(people.mother, people.invitation(**given), NOW)
        assert set(refused.value.fields) == {field}, given


def test_staff_are_invited_by_representative_and_administrator_and_no_one_else(people: People) -> None:
    staff = Invitation("administrator", "韦秀兰", MOTHER)
    offered = offer_delegation(people.representative, staff, NOW)
    handler = wearing(people.carer, f"organisation:{people.world.organisation.pk}")
    with pytest.raises(NotAllowedError):
        offer_delegation(handler, staff, NOW)
    accept_delegation(people.mother, offered.pk, NOW)
    administrator = wearing(people.mother, f"organisation:{people.world.organisation.pk}")
    removed = Delegation.objects.get(organisation=people.world.organisation, agent=people.carer.person_id)
    end_delegation(administrator, removed.pk, NOW)
    assert handler.hat not in hats(people.carer)


def test_a_firm_acts_through_its_representative_and_staff(people: People) -> None:
    firm = people.world.organisation
    invitation = people.invitation(kind="agent_firm", name="", number="", credit_code=firm.credit_code)
    offered = offer_delegation(people.mother, invitation, NOW)
    accept_delegation(people.representative, offered.pk, NOW)
    hat = f"person:{people.mother.person_id}"
    assert hat in hats(people.stranger)  # who is the firm's representative
    assert hat in hats(people.carer)  # who is of its staff
    case = people.apply(wearing(people.carer, hat))
    assert case.person_id == people.mother.person_id
    Organisation.objects.filter(pk=firm.pk).update(dissolved_on=TODAY)
    assert hat not in hats(people.stranger) | hats(people.carer)


def test_an_officer_does_not_handle_whom_they_act_for(people: People) -> None:
    officer = people.world.window
    Delegation.objects.create(
        person_id=people.mother.person_id,
        agent_id=officer.person_id,
        kind="relative",
        deeds=["read"],
        valid_from=TODAY,
        accepted_at=NOW,
    )
    case = people.apply(people.mother)
    assert case_view(officer, case.pk, TODAY).actions == []
    own = wearing(replace(officer, post=None), f"person:{people.mother.person_id}")
    assert case_view(own, case.pk, TODAY).row.id == case.pk
