"""Light handling of a service (简化办理), as data of its version: guidance, commitment, fetching, rules, offers.

One document beside the form, versioned and frozen with it. It is checked as a whole against the form and the materials
when a version is published: unknown keys, fields and positions, wrong types, gaps and overlaps are all told by name
(`foundation.decisions`). What the keys mean stands in docs/light-handling.md.

Sources of what the tables look at: `answer.<field>` of the form, `guidance.<question>`, `applicant.kind`,
`applicant.age` (from the identity number, another paper, or the day of birth that was entered),
`applicant.assurance_level`, `granted.<item>` and `pending.<item>` (a decision or an open case of the same applicant on
this platform, by basic code), `credit.bad` (serious, not repaired).
"""

from tongban.items.light.document import (
    DENY,
    EXCLUDED_FIELDS,
    GRANT,
    NECESSARY,
    NOT_ASKED,
    OFFER,
    OFFICER,
    Commitment,
    FetchSource,
    Guidance,
    Input,
    Judgement,
    LightError,
    LightHandling,
    OfferRule,
    Question,
    ReasonedTable,
    Situation,
    Words,
    digest_of,
    read_facts,
    written_facts,
)
from tongban.items.light.loading import light_of, load_light

__all__ = [
    "DENY",
    "EXCLUDED_FIELDS",
    "GRANT",
    "NECESSARY",
    "NOT_ASKED",
    "OFFER",
    "OFFICER",
    "Commitment",
    "FetchSource",
    "Guidance",
    "Input",
    "Judgement",
    "LightError",
    "LightHandling",
    "OfferRule",
    "Question",
    "ReasonedTable",
    "Situation",
    "Words",
    "digest_of",
    "light_of",
    "load_light",
    "read_facts",
    "written_facts",
]
