"""The ASGI entry point, served by granian (`tongban serve`): admission first, then Django on a few threads."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongban.config.settings")

from tongban.config.wsgi import application as django
from tongban.foundation.admission import Admission, Limits
from tongban.foundation.bridge import Bridge

_limits = Limits.from_environment()
application = Admission(Bridge(django, _limits.threads), _limits)
