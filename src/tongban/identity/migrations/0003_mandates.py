"""The view of who may act for whom; delegations from before hold as they did."""

from django.db import migrations

# In words: `records.MandateRow`. The basis `former_representative` is what is left when an organisation is dissolved.
VIEW = """
CREATE VIEW identity_mandate AS
SELECT o.legal_representative_id AS agent_id, NULL::uuid AS person_id, o.id AS organisation_id,
       CASE WHEN o.dissolved_on IS NULL THEN 'representative' ELSE 'former_representative' END::varchar AS basis,
       o.id AS source_id, NULL::varchar[] AS deeds, NULL::uuid[] AS services, NULL::uuid[] AS items,
       NULL::date AS valid_from, NULL::date AS valid_to
FROM identity_organisation o
UNION ALL
SELECT d.agent_id, d.person_id, d.organisation_id, d.kind, d.id, d.deeds::varchar[], d.services, d.items,
       d.valid_from, d.valid_to
FROM identity_delegation d
LEFT JOIN identity_organisation o ON o.id = d.organisation_id
LEFT JOIN identity_person q ON q.id = d.person_id
WHERE d.agent_id IS NOT NULL AND d.accepted_at IS NOT NULL AND d.revoked_at IS NULL
  AND o.dissolved_on IS NULL AND q.died_on IS NULL AND q.closed_at IS NULL AND q.merged_into_id IS NULL
UNION ALL
SELECT f.legal_representative_id, d.person_id, d.organisation_id, d.kind, d.id, d.deeds::varchar[], d.services,
       d.items, d.valid_from, d.valid_to
FROM identity_delegation d
JOIN identity_organisation f ON f.id = d.agent_organisation_id AND f.dissolved_on IS NULL
LEFT JOIN identity_organisation o ON o.id = d.organisation_id
LEFT JOIN identity_person q ON q.id = d.person_id
WHERE d.accepted_at IS NOT NULL AND d.revoked_at IS NULL
  AND o.dissolved_on IS NULL AND q.died_on IS NULL AND q.closed_at IS NULL AND q.merged_into_id IS NULL
UNION ALL
SELECT e.agent_id, d.person_id, d.organisation_id, d.kind, d.id,
       ARRAY(SELECT unnest(d.deeds) INTERSECT SELECT unnest(e.deeds))::varchar[], d.services, d.items,
       greatest(d.valid_from, e.valid_from), least(d.valid_to, e.valid_to)
FROM identity_delegation d
JOIN identity_organisation f ON f.id = d.agent_organisation_id AND f.dissolved_on IS NULL
JOIN identity_delegation e ON e.organisation_id = f.id AND e.kind IN ('administrator', 'handler')
  AND e.agent_id IS NOT NULL AND e.accepted_at IS NOT NULL AND e.revoked_at IS NULL
  AND e.services = '{}' AND e.items = '{}'
LEFT JOIN identity_organisation o ON o.id = d.organisation_id
LEFT JOIN identity_person q ON q.id = d.person_id
WHERE d.accepted_at IS NOT NULL AND d.revoked_at IS NULL
  AND o.dissolved_on IS NULL AND q.died_on IS NULL AND q.closed_at IS NULL AND q.merged_into_id IS NULL
UNION ALL
SELECT g.guardian_id, g.ward_id, NULL, 'guardian', g.id, NULL, NULL, NULL, g.valid_from, g.valid_to
FROM identity_guardianship g
JOIN identity_person q ON q.id = g.ward_id
WHERE g.ended_at IS NULL AND q.died_on IS NULL AND q.closed_at IS NULL AND q.merged_into_id IS NULL
"""
BEFORE = """
UPDATE identity_delegation SET offered_at = valid_from, accepted_at = valid_from, deeds = '{read,apply,follow_up}'
WHERE accepted_at IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0002_people")]

    operations = [
        migrations.RunSQL(BEFORE, migrations.RunSQL.noop),
        migrations.RunSQL(VIEW, "DROP VIEW identity_mandate"),
    ]
