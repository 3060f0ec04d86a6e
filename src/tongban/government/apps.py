from django.apps import AppConfig


class GovernmentConfig(AppConfig):
    name = "tongban.government"
    label = "government"
