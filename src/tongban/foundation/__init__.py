"""No domain: identifiers, calendars and clocks, ledger, sealing, content store, page kit.

Every other package stands on this one; it imports none of them.
"""
