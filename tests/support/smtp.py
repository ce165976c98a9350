"""A real SMTP server on a free loopback port that keeps what it receives, and can be told to fail.

By hand: `python -m tests.support.smtp` prints its address and the messages as they come, until Ctrl-C.
"""

import asyncio
import email
import email.message
import email.policy
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self, cast

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

ACCEPTED = "250 2.0.0 Accepted"


def plain_text(message: email.message.EmailMessage) -> str:
    """What the message says as text, beside its HTML; empty where it has none."""
    body = message.get_body(("plain",))
    return str(body.get_content()) if body is not None else ""


@dataclass(frozen=True)
class ReceivedMail:
    """One message as it came over the wire: the envelope, and the parsed message (decoded headers, `get_body()`)."""

    sender: str
    recipients: tuple[str, ...]
    message: email.message.EmailMessage

    @property
    def subject(self) -> str:
        """The decoded subject; empty where there is none."""
        return str(self.message["Subject"] or "")

    @property
    def text(self) -> str:
        """The decoded plain-text body; empty where there is none."""
        return plain_text(self.message)


class MailServer:
    """An SMTP server in a thread of its own. Use it as a context manager, or call `stop`.

    `host` and `port` say where it listens. It accepts everything until told otherwise; `messages` are the
    accepted ones.
    """

    host = "127.0.0.1"

    def __init__(self) -> None:
        self._received: list[ReceivedMail] = []
        self._attempts = 0
        self._changed = threading.Condition()
        self._answer = ACCEPTED
        self._refused: dict[str, str] = {}
        # Set while the server answers; cleared, it hangs.
        self._free = asyncio.Event()
        self._free.set()
        self._loop = asyncio.new_event_loop()
        # Bound before the server starts, so that the port is known and nobody else can take it in between.
        self._socket = socket.create_server((self.host, 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._run, name="smtp-server", daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            self._loop.create_server(self._protocol, sock=self._socket), self._loop
        ).result(10)

    @property
    def messages(self) -> list[ReceivedMail]:
        """The accepted messages so far, oldest first (a copy)."""
        with self._changed:
            return list(self._received)

    @property
    def attempts(self) -> int:
        """How often a client began to hand over a message (MAIL FROM), refused ones included."""
        with self._changed:
            return self._attempts

    def accept(self) -> None:
        """Accept what comes from now on, and let go those who wait since `hang`."""
        self._answer = ACCEPTED
        self._refused.clear()
        self._loop.call_soon_threadsafe(self._free.set)

    def refuse(self, answer: str, address: str | None = None) -> None:
        """Answer every recipient, or only this address, with that from now on, for example `451 4.3.0 Later`."""
        if answer[:1] not in ("4", "5"):
            raise ValueError(f"a refusal starts with 4 or 5, not: {answer}")
        if address is None:
            self._answer = answer
        else:
            self._refused[address] = answer
        self._loop.call_soon_threadsafe(self._free.set)

    def hang(self) -> None:
        """Leave everyone who names a recipient without an answer from now on, until another of these is called."""
        self._loop.call_soon_threadsafe(self._free.clear)

    def clear(self) -> None:
        """Forget the messages and the attempts."""
        with self._changed:
            self._received.clear()
            self._attempts = 0

    def wait_for(self, count: int, seconds: float = 20) -> list[ReceivedMail]:
        """The messages as soon as there are at least `count`; TimeoutError naming what came where there are not."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._received) >= count, seconds):
                raise TimeoutError(
                    f"{len(self._received)} of {count} messages: {[m.subject for m in self._received]}"
                )
            return list(self._received)

    def stop(self) -> None:
        """Close the port and every connection. May be called twice."""
        if not self._thread.is_alive():
            return
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # The hooks of aiosmtpd, which finds them by their names.

    async def handle_MAIL(  # noqa: N802  # the name is aiosmtpd's
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Count the attempt."""
        with self._changed:
            self._attempts += 1
            self._changed.notify_all()
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802  # the name is aiosmtpd's
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Accept, refuse or hang, as told."""
        await self._free.wait()
        answer = self._refused.get(address, self._answer)
        if answer == ACCEPTED:
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return answer

    async def handle_DATA(  # noqa: N802  # the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep the message."""
        content = cast("bytes", envelope.content)
        message = email.message_from_bytes(content, policy=email.policy.default)
        recipients = tuple(str(recipient) for recipient in envelope.rcpt_tos)
        with self._changed:
            self._received.append(ReceivedMail(str(envelope.mail_from), recipients, message))
            self._changed.notify_all()
        return ACCEPTED

    def _protocol(self) -> SMTP:
        return SMTP(self, hostname="localhost", enable_SMTPUTF8=True, loop=self._loop)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _close(self) -> None:
        self._server.close()
        running = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """A server of its own for the test."""
    with MailServer() as server:
        yield server


def main() -> None:
    """Print what comes until Ctrl-C, for use by hand."""
    with MailServer() as server:
        print(f"smtp://{server.host}:{server.port}", flush=True)
        seen = 0
        while True:
            try:
                received = server.wait_for(seen + 1, seconds=3600)
            except TimeoutError:
                continue
            except KeyboardInterrupt:
                return
            for mail in received[seen:]:
                print(
                    f"\n{mail.sender} -> {', '.join(mail.recipients)}\n{mail.message}",
                    flush=True,
                )
            seen = len(received)


if __name__ == "__main__":
    main()
