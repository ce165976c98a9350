"""How a message leaves: by SMTP, or into a folder as .eml files (development)."""

from __future__ import annotations

import smtplib
import ssl
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol

from app.kit.clock import TOKYO
from app.settings import MailSettings


class Transport(Protocol):
    """Takes a message over, or raises: OSError and smtplib's errors mean that the outbox tries again."""

    def send(self, message: EmailMessage) -> None:
        """Hand the message to the next hop."""
        ...


class SmtpTransport:
    """One connection per message: mail is rare here, and a dead connection must not cost one."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings

    def send(self, message: EmailMessage) -> None:
        """Send by SMTP, with STARTTLS (certificate checked) and login where set."""
        given = self._settings
        with smtplib.SMTP(given.host, given.port, timeout=given.timeout_seconds) as smtp:
            if given.starttls:
                smtp.starttls(context=ssl.create_default_context())
            if given.username:
                smtp.login(given.username, given.password.get_secret_value())
            smtp.send_message(message)


class FolderTransport:
    """Writes each message as a file, named by its Message-ID, so that a repeat replaces itself."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: EmailMessage) -> None:
        """Write `<message-id>.eml`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        name = "".join(
            c if c.isalnum() or c in "._-" else "_" for c in str(message["Message-ID"]).strip("<>")
        )
        path = self._folder / f"{name}.eml"
        temporary = path.with_suffix(".tmp")
        temporary.write_bytes(message.as_bytes(policy=SMTP))
        temporary.replace(path)


def transport_for(settings: MailSettings) -> Transport:
    """The transport that the settings name."""
    return SmtpTransport(settings) if settings.transport == "smtp" else FolderTransport(settings.folder)


def compose(
    *,
    sender: str,
    recipient_name: str,
    recipient: str,
    subject: str,
    body: str,
    html: str,
    message_id: str,
    at: datetime,
) -> EmailMessage:
    """A message as text and as HTML of the same words. Raises ValueError for an address that is none."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = Address(display_name=recipient_name, addr_spec=recipient)
    message["Subject"] = subject
    message["Date"] = format_datetime(at.astimezone(TOKYO))
    # Stable: mail is at-least-once, and receivers drop a second copy by this.
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body, cte="base64")
    message.add_alternative(html, subtype="html", cte="base64")
    return message
