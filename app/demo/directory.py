"""Finds the sample's organisations in the database by their keys."""

from __future__ import annotations

from sqlmodel import Session, col, select

from app.demo.sample import Sample
from app.organisations.models import Organisation


class Directory:
    """Organisations of one session, looked up once."""

    def __init__(self, session: Session, sample: Sample) -> None:
        self._session = session
        self._numbers = {vendor.key: vendor.number for vendor in sample.vendors}
        self._numbers |= {body.key: body.number for body in sample.bodies if body.number}
        self._codes = {body.key: body.code for body in sample.bodies if body.code}
        self._found: dict[str, Organisation] = {}

    def organisation(self, key: str) -> Organisation:
        """The organisation of a vendor's or body's key, or of `agency`. Raises KeyError, NoResultFound."""
        if key not in self._found:
            if key == "agency":
                wanted = col(Organisation.kind) == "agency"
            elif key in self._codes:
                wanted = col(Organisation.code) == self._codes[key]
            elif self._numbers[key] is not None:
                wanted = col(Organisation.corporate_number) == self._numbers[key]
            else:
                wanted = col(Organisation.account_key) == account_key(key)
            self._found[key] = self._session.exec(select(Organisation).where(wanted)).one()
        return self._found[key]


def account_key(vendor_key: str) -> str:
    """How a sole proprietor is known: by the issuer's account."""
    return f"gbizid:prime-{vendor_key}"
