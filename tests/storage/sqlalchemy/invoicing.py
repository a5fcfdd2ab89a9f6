"""A host with invoices of its own beside our tables."""

from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """The host's own mapped classes."""


class Invoice(Base):
    """A row of the host's."""

    __tablename__ = "invoice"

    id: Mapped[int] = mapped_column(primary_key=True)
