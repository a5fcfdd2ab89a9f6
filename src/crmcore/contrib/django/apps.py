"""The Django app: it has no models, and makes its tables whenever migrations have run."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from crmcore.contrib.django.shared import alias, close_crm, get_crm


class _Crmcore(AppConfig):  # type: ignore[misc]  # Django carries no types
    """What stands among the ``INSTALLED_APPS`` as ``crmcore.contrib.django``."""

    name = "crmcore.contrib.django"
    label = "crmcore"
    verbose_name = "crmcore"

    def ready(self) -> None:
        """Ask to be told when migrations have run."""
        post_migrate.connect(make_tables, sender=self, dispatch_uid="crmcore")


def make_tables(*, using: str, **_: Any) -> None:
    """Make the tables, or add what is new, in the database that ``settings.CRMCORE`` names."""
    if using == alias():
        get_crm()
        close_crm()
