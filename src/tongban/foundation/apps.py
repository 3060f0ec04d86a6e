from django.apps import AppConfig


class FoundationConfig(AppConfig):
    name = "tongban.foundation"
    label = "foundation"
