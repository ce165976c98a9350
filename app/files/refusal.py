"""Why a file is not kept."""

from __future__ import annotations


class Refused(Exception):
    """A code, what is wrong, and what would be right."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.code, self.message, self.remedy = code, message, remedy
