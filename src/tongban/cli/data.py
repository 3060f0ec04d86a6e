"""The groups that take data in, check it, give it out and count it; their commands stand in the tables here.

To add one, write a click command in a module beside this one and name it in the table:
`"services": Command("tongban.cli.services:import_services", "Services from CSV, XLSX or JSON.")`.
"""

from tongban.cli.lazy import Command

IMPORT: dict[str, Command] = {
    "services": Command("tongban.cli.services:import_command", "Services from CSV, XLSX or JSON."),
    "feed": Command("tongban.cli.services:feed_command", "What another platform publishes (JSON)."),
}
CHECK: dict[str, Command] = {
    "services": Command("tongban.cli.services:check_command", "Services against the 16 consistency rules."),
}
EXPORT: dict[str, Command] = {
    "services": Command("tongban.cli.services:export_command", "Services as CSV, XLSX, JSON, JSON-LD or Turtle."),
}
STATS: dict[str, Command] = {}
