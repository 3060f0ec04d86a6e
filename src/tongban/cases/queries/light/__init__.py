"""Reading light handling: guidance and personal lists, what a case kept, offers, tasks of officers, tables."""

from tongban.cases.queries.light.drafts import DraftLightView, draft_light
from tongban.cases.queries.light.guidance import (
    GuidanceView,
    ListedMaterial,
    PersonalList,
    QuestionView,
    guidance_of,
    service_light,
)
from tongban.cases.queries.light.offers import OfferView, my_offers, open_offers
from tongban.cases.queries.light.one_case import CaseLightView, FactRow, RuleExplanation, case_light, rule_explanations
from tongban.cases.queries.light.tables import TableRow, TableView, decision_table, decision_tables
from tongban.cases.queries.light.tasks import CreditRow, TaskRow, agency_credit, agency_tasks

__all__ = [
    "CaseLightView",
    "CreditRow",
    "DraftLightView",
    "FactRow",
    "GuidanceView",
    "ListedMaterial",
    "OfferView",
    "PersonalList",
    "QuestionView",
    "RuleExplanation",
    "TableRow",
    "TableView",
    "TaskRow",
    "agency_credit",
    "agency_tasks",
    "case_light",
    "decision_table",
    "decision_tables",
    "draft_light",
    "guidance_of",
    "my_offers",
    "open_offers",
    "rule_explanations",
    "service_light",
]
