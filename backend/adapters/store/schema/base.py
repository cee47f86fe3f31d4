"""What every table is built on."""

import uuid
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from backend.adapters.store.types import Json, UtcDateTime

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
Document = dict[str, Any]


def public_id() -> str:
    """A name that may stand in an address: it cannot be guessed and tells nothing."""
    return uuid.uuid4().hex


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        Document: Json,
        list[str]: Json,
        str: String(),
    }


class Scoped:
    """A row that belongs to one organisation."""

    @declared_attr
    def organisation_id(cls) -> Mapped[int]:  # noqa: N805  (a declared_attr is given the class)
        return mapped_column(ForeignKey("organisation.id"), index=True)


class Personal:
    """A row that says something about a resident, or how to get into their home: each reading is written down."""

    personal: ClassVar[frozenset[str] | None] = None  # the columns that say it; None: all but its keys


class Handled(Personal):
    """A personal row that machines handle in their work all the time: only who else reads it is written down."""
