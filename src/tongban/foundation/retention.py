"""How long records are kept: rules as data, a report of what is due, and its carrying out once somebody approved.

A package registers how its kind of record is found and removed, in a module that its app imports when ready:

    @keeps("drafts")
    def old_drafts(before: datetime) -> QuerySet[Draft]: ...

Nothing is removed that is not in an approved report, and nothing that a running case needs: that is each query's duty.
"""

import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

import structlog
import yaml
from django.db import connection, models, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongban.foundation.errors import ConflictError, NotFoundError
from tongban.foundation.home import SettingError
from tongban.foundation.ledger import LedgerActor, append
from tongban.foundation.models import RetentionReport
from tongban.foundation.yamltext import read_yaml

log = structlog.get_logger(__name__)

ROWS_A_BATCH = 500
State = RetentionReport.State
_KEYS = {"kind", "name", "days", "least", "from", "source", "setting"}


class RetentionActor(LedgerActor, Protocol):
    """Who looks at reports and approves them; the authority table stands a layer above."""

    def require(self, deed: str, kind: str, /) -> None: ...


@dataclass(frozen=True)
class Rule:
    """How long a kind of record is kept.

    Attributes:
        kind: the name under which a package registered it.
        days: from the record's own moment to its removal.
        least: what the operator may not go below, by law.
        source: the law or purpose.
        setting: whether no law names the time.
    """

    kind: str
    name: Mapping[str, str]
    days: int
    least: int
    since: Mapping[str, str]
    source: Mapping[str, str]
    setting: bool

    def words(self, text: Mapping[str, str]) -> str:
        """In the reader's language."""
        return text["en" if (get_language() or "").startswith("en") else "zh"]


@dataclass(frozen=True)
class Kept:
    """How records of a kind are counted and removed; `remove` takes some, and says how many it took."""

    count: Callable[[datetime], int]
    remove: Callable[[datetime], int]


Query = Callable[[datetime], "models.QuerySet[Any]"]
_kept: dict[str, Kept] = {}


def keeps(kind: str) -> Callable[[Query], Query]:
    """Register the query below: rows of the kind that are older than a moment, and that nothing needs."""

    def register(query: Query) -> Query:
        def remove(before: datetime) -> int:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL tongban.retention = 'on'")  # `refuse_change` lets go of such rows
                rows = query(before)
                keys = list(rows.values_list("pk", flat=True)[:ROWS_A_BATCH])
                # Asked again inside: what became needed meanwhile stays.
                query(before).filter(pk__in=keys).delete()
            return len(keys)

        register_kept(kind, Kept(lambda before: query(before).count(), remove))
        return query

    return register


def register_kept(kind: str, kept: Kept) -> None:
    """Register records that are no rows."""
    _kept[kind] = kept


def rules() -> Sequence[Rule]:
    """The rules in force, those of TONGBAN_RETENTION in place of ours.

    Raises:
        SettingError: a rule is faulty, goes below what the law wants kept, or is of a kind nobody keeps.
    """
    return _rules(os.environ.get("TONGBAN_RETENTION", "").strip())


@cache
def _rules(own: str) -> Sequence[Rule]:
    ours = files("tongban.foundation").joinpath("data", "retention.yaml").read_text(encoding="utf-8")
    found = {rule.kind: rule for rule in _read(ours, "retention.yaml")}
    if own:
        try:
            text = Path(own).read_text(encoding="utf-8")
        except OSError as error:
            raise SettingError(f"TONGBAN_RETENTION: {own} cannot be read: {error.strerror}.") from error
        for rule in _read(text, own):
            if rule.kind not in found:
                raise SettingError(f"{own}: no record is of the kind {rule.kind!r}; known: {', '.join(found)}.")
            if rule.days < found[rule.kind].least:
                least = found[rule.kind]
                raise SettingError(
                    f"{own}: {rule.kind} must be kept {least.least} days at least ({least.words(least.source)})."
                )
            found[rule.kind] = rule
    return tuple(found.values())


def _read(text: str, where: str) -> list[Rule]:
    try:
        entries = read_yaml(text)
        return [_rule(entry) for entry in entries]
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise SettingError(f"The retention rules in {where} cannot be used: {error}.") from error


def _rule(entry: Mapping[str, Any]) -> Rule:
    if unknown := entry.keys() - _KEYS:
        raise ValueError(f"unknown key {min(unknown)!r}")
    if not isinstance(entry["days"], int) or entry["days"] < 0:
        raise ValueError(f"days of {entry['kind']!r} is {entry['days']!r}, expected a whole number")
    return Rule(
        kind=str(entry["kind"]),
        name=dict(entry["name"]),
        days=entry["days"],
        least=int(entry.get("least", 0)),
        since=dict(entry["from"]),
        source=dict(entry["source"]),
        setting=entry.get("setting") is True,
    )


def due(now: datetime) -> list[dict[str, Any]]:
    """What each rule would remove now."""
    rows = []
    for rule in rules():
        before = now - timedelta(days=rule.days)
        rows.append({"kind": rule.kind, "before": before.isoformat(), "count": _kept[rule.kind].count(before)})
    return rows


# --- acts -----------------------------------------------------------------------------------------------------------


def make_report(actor: LedgerActor, now: datetime) -> RetentionReport | None:
    """A report of what is due, in place of one that still waits for approval; None where nothing is due."""
    rows = [row for row in due(now) if row["count"]]
    with transaction.atomic():
        RetentionReport.objects.filter(state=State.OPEN).update(state=State.REPLACED)
        if not rows or RetentionReport.objects.filter(state=State.APPROVED).exists():
            return None
        report = RetentionReport.objects.create(made_at=now, rows=rows)
        append(actor, "make_retention_report", "retention_report", report.pk, {"rows": rows})
    return report


def approve_report(actor: RetentionActor, report_id: uuid.UUID, now: datetime) -> RetentionReport:
    """Approve a report that somebody looked at; the worker carries it out.

    Raises:
        SignInNeededError, NotAllowedError: it is not this actor's to approve.
        NotFoundError: there is none.
        ConflictError: it was replaced by a newer one, or is over.
    """
    actor.require("approve", "retention")
    with transaction.atomic():
        report = RetentionReport.objects.select_for_update().filter(pk=report_id).first()
        if report is None:
            raise NotFoundError
        if report.state == State.APPROVED:
            return report  # a second click
        if report.state != State.OPEN:
            raise ConflictError(_("This report is over. Look at the newest one."))
        report.state, report.approved_at = State.APPROVED, now
        report.approved_by_post, report.approved_by_account = actor.post_id, actor.account_id
        report.save()
        append(actor, "approve_retention_report", "retention_report", report.pk, {"rows": report.rows})
    return report


def carry_out(actor: LedgerActor, now: datetime) -> RetentionReport | None:
    """Remove what an approved report names, in batches; safe to kill and run again. None where none is approved."""
    report = RetentionReport.objects.filter(state=State.APPROVED).first()
    if report is None:
        return None
    for row in report.rows:
        before = datetime.fromisoformat(row["before"])
        while removed := _kept[row["kind"]].remove(before):
            row["removed"] = row.get("removed", 0) + removed
            report.save(update_fields=["rows"])
    with transaction.atomic():
        report.state, report.done_at = State.DONE, now
        report.save(update_fields=["state", "done_at"])
        append(actor, "carry_out_retention_report", "retention_report", report.pk, {"rows": report.rows})
    log.info("retention carried out", removed=sum(row.get("removed", 0) for row in report.rows))
    return report


# --- reading --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReportRow:
    """A line of a report, ready to print."""

    name: str
    rule: Rule
    before: datetime
    count: int
    removed: int | None


@dataclass(frozen=True)
class ReportView:
    report: RetentionReport
    rows: Sequence[ReportRow]


def newest_reports(actor: RetentionActor, most: int = 10) -> list[ReportView]:
    """The newest reports, newest first; those that were replaced before anybody approved them are left out.

    Raises:
        SignInNeededError, NotAllowedError: they are not this actor's to see.
    """
    actor.require("approve", "retention")
    return [view_of(one) for one in RetentionReport.objects.exclude(state=State.REPLACED).order_by("-made_at")[:most]]


def view_of(report: RetentionReport) -> ReportView:
    """A report in words."""
    known = {rule.kind: rule for rule in rules()}
    return ReportView(
        report,
        [
            ReportRow(
                known[row["kind"]].words(known[row["kind"]].name),
                known[row["kind"]],
                datetime.fromisoformat(row["before"]),
                row["count"],
                row.get("removed"),
            )
            for row in report.rows
            if row["kind"] in known
        ],
    )
