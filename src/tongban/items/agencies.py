"""Whose service a row is: its region, department, agency and platform, found or, where the file has new ones, made."""

import re
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from tongban.foundation.pinyin import syllables
from tongban.government import actions as government_actions
from tongban.government.english import agency_english_name
from tongban.government.models import Agency, Department, Platform, Region
from tongban.identity.actor import Actor
from tongban.items.codes import CREDIT_CODE_LENGTH, credit_code_fault
from tongban.items.departments import KnownDepartments, department_name, shipped_aliases
from tongban.items.exchange_format import Record
from tongban.items.problems import Category

_SLUG = re.compile(r"[a-z0-9_-]{1,60}")
_LONGEST_SLUG = 60


@dataclass
class Government:
    """Regions, departments, agencies and platforms as an import needs them: each looked up once."""

    actor: Actor
    agencies_created: list[Agency] = field(default_factory=list)
    departments_created: list[Department] = field(default_factory=list)
    _regions: dict[str, Region | None] = field(default_factory=dict)
    _platforms: dict[str, Platform | None] = field(default_factory=dict)
    _departments: dict[str, Department] = field(default_factory=dict)
    _known: KnownDepartments | None = None
    _agencies: dict[tuple[str, str], Agency] = field(default_factory=dict)
    _told: set[tuple[object, ...]] = field(default_factory=set)
    _new: set[object] = field(default_factory=set)

    def platform(self, code: str) -> Platform | None:
        if code not in self._platforms:
            self._platforms[code] = Platform.objects.filter(code=code).first()
        return self._platforms[code]

    def region(self, code: str) -> Region | None:
        if code not in self._regions:
            self._regions[code] = Region.objects.select_related("platform").filter(pk=code).first()
        return self._regions[code]

    def agency_of(self, record: Record, platform: Platform | None) -> Agency | None:
        """The agency of a row; None where the row does not tell, with the reason among its errors."""
        values = record.values
        code = values.get("region") or ""
        region = self.region(code) if code else None
        if region is None:
            record.error("region", code, _("the 12-digit code of a region that is in the register"))
            return None
        named = values.get("department") or values.get("dept_name") or ""
        if not named:
            record.error("department", "", _("a department: its code, or the agency's name"))
            return None
        key = (region.pk, named)
        agency = self._agencies.get(key)
        if agency is None:
            agency = self._find(record, region, named) or self._create(record, region, named, platform)
            if agency is None:
                return None
            self._agencies[key] = agency
        self._compare(record, agency)
        return agency

    def _find(self, record: Record, region: Region, named: str) -> Agency | None:
        here = Agency.objects.filter(region=region).select_related("department", "region")
        if _SLUG.fullmatch(named):
            return here.filter(department__code=named).first()
        agency = here.filter(name=named).first()
        if agency:
            return agency
        department = self._known_department(region, named)
        agency = here.filter(department=department).first() if department else None
        if agency and department_name(named, region.name) != department_name(agency.name, region.name):
            # By its department it is this one; whether it truly is (merged offices have several names), people judge.
            record.warn("department", named, _("%(name)s, as in the register") % {"name": agency.name}, Category.AGENCY)
        return agency

    def _create(self, record: Record, region: Region, named: str, platform: Platform | None) -> Agency | None:
        name = record.values.get("dept_name") or ("" if _SLUG.fullmatch(named) else named)
        department = self._department(record, region, named, name)
        if department is None:
            record.error("department", named, _("a known department's code, or the agency's name in dept_name"))
            return None
        agency = government_actions.create(
            self.actor,
            Agency(
                department=department,
                region=region,
                platform=platform or region.platform,
                name=name or f"{region.name}{department.name}",
                name_en=agency_english_name(name, region.name_en, department.name_en),
                credit_code=_fitting(record.values.get("dept_code") or ""),
            ),
        )
        self.agencies_created.append(agency)
        self._new.add(agency.pk)
        return agency

    def _department(self, record: Record, region: Region, named: str, agency_name: str) -> Department | None:
        if _SLUG.fullmatch(named):
            found = Department.objects.filter(code=named).first()
            if found or not agency_name:
                return found
            return self._new_department(record, named, department_name(agency_name, region.name))
        line = department_name(named, region.name)
        return self._known_department(region, named) or self._new_department(record, self._free_slug(line), line)

    def _known_department(self, region: Region, named: str) -> Department | None:
        """The department that an agency's name means, among those of the register and those made so far."""
        if self._known is None:
            self._departments = {each.code: each for each in Department.objects.order_by("position", "code")}
            names = [(each.code, each.name) for each in self._departments.values()]
            self._known = KnownDepartments(names, shipped_aliases())
        code = self._known.code_of(department_name(named, region.name))
        return self._departments[code] if code else None

    def _new_department(self, record: Record, code: str, name: str) -> Department:
        department = government_actions.create(self.actor, Department(code=code, name=name))
        self.departments_created.append(department)
        self._known = None  # they are one more
        expected = _("a department of the register; %(name)s (%(code)s) was made") % {"name": name, "code": code}
        record.warn("department", record.values.get("department") or name, expected, Category.DEPARTMENT)
        return department

    @staticmethod
    def _free_slug(name: str) -> str:
        words = re.findall(r"[a-z0-9]+", "-".join(syllables(name)).lower())
        stem = ("".join(words) or "department")[:_LONGEST_SLUG]
        slug, number = stem, 1
        while Department.objects.filter(code=slug).exists():
            number += 1
            slug = f"{stem[: _LONGEST_SLUG - 4]}-{number}"
        return slug

    def _compare(self, record: Record, agency: Agency) -> None:
        """Tell, once each, what the file says of an agency that is faulty or not what the register says."""
        name, code = record.values.get("dept_name"), record.values.get("dept_code") or ""
        if name and name != agency.name and self._first(agency.pk, "name", name):
            record.warn("dept_name", name, _("%(name)s, as in the register") % {"name": agency.name}, Category.AGENCY)
        if not code or not self._first(agency.pk, "code", code):
            return
        fault = credit_code_fault(code)
        if fault and len(code) == CREDIT_CODE_LENGTH and code == code.upper():
            record.warn(
                "dept_code", code, _("a right credit code (%(fault)s)") % {"fault": fault.label}, Category.CREDIT_CODE
            )
        elif fault:
            record.warn(
                "dept_code",
                code,
                _("a unified social credit code of 18 characters (%(fault)s)") % {"fault": fault.label},
                Category.AGENCY_CODE,
            )
        if agency.pk in self._new and not fault and credit_code_fault(agency.credit_code):
            government_actions.update(self.actor, agency, {"credit_code": code})
            agency.credit_code = code
        if code != agency.credit_code:
            record.warn(
                "dept_code",
                code,
                _("%(code)s, as in the register") % {"code": agency.credit_code or "-"},
                Category.AGENCY,
            )

    def _first(self, *what: object) -> bool:
        if what in self._told:
            return False
        self._told.add(what)
        return True


def _fitting(code: str) -> str:
    """Codes that are too long to be a credit code are another platform's; they are told and not kept."""
    return code if len(code) <= CREDIT_CODE_LENGTH else ""
