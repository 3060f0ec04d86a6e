"""The ASGI entry point, served by granian (`tongban serve`): admission first, then Django on a few threads."""

import gc
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongban.config.settings")

from tongban.config.wsgi import application as django
from tongban.foundation.admission import Admission, Limits
from tongban.foundation.bridge import Bridge

_limits = Limits.from_environment()
application = Admission(Bridge(django, _limits.threads, _limits.turns), _limits)

# What was loaded by now stays for the life of the process; looking through it for garbage, request by request, cost a
# fifteenth of the time.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)
