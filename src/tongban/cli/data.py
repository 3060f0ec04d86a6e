"""The groups that take data in, check it, give it out and count it; their commands stand in the tables here.

To add one, write a click command in a module beside this one and name it in the table:
`"services": Command("tongban.cli.services:import_services", "Services from CSV, XLSX or JSON.")`.
"""

from tongban.cli.lazy import Command

IMPORT: dict[str, Command] = {}
CHECK: dict[str, Command] = {}
EXPORT: dict[str, Command] = {}
STATS: dict[str, Command] = {}
