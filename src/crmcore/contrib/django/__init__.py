"""crmcore in a Django project: in the transactions of its ``atomic`` blocks, on the database of its settings.

With ``"crmcore.contrib.django"`` among the ``INSTALLED_APPS``, ``manage.py migrate`` makes the tables. There are no
model classes: customers are changed by commands only.
"""

from crmcore.contrib.django.databases import joined, url_of
from crmcore.contrib.django.shared import close_crm, get_crm

__all__ = ["close_crm", "get_crm", "joined", "url_of"]
