"""Alembic revisions of crmcore's tables: a branch ``crmcore`` beside the host's own, which the host may depend on.

A host names ``crmcore.storage.sqlalchemy:migrations/versions`` among its ``version_locations``. Under which prefix and
in which schema the tables stand, a revision reads from the ``target_metadata`` that the host gives Alembic: there
``define_tables`` has noted it. What a revision makes is written out in it and never follows later kinds. Columns of
searchable custom fields, and tables of plugins' kinds, are the host's choice: ``alembic revision --autogenerate``
finds them in the same metadata.

Nothing here is imported but by Alembic.
"""
