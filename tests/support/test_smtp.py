"""The mail server of the tests, by Python's own client."""

import smtplib
from email.message import EmailMessage

import pytest

from tests.support.smtp import MailServer


def _mail() -> EmailMessage:
    message = EmailMessage()
    message["From"] = "catalogue@example.test"
    message["To"] = "reviewer@example.test"
    message["Subject"] = "審査の依頼：髙﨑システム"
    message.set_content("ソフトウェアが提出されました。")
    return message


def _send(server: MailServer, timeout: float = 20) -> None:
    with smtplib.SMTP(server.host, server.port, timeout=timeout) as client:
        client.send_message(_mail())


def test_messages_arrive_decoded(mail_server: MailServer) -> None:
    _send(mail_server)
    (mail,) = mail_server.wait_for(1)
    assert mail.sender == "catalogue@example.test"
    assert mail.recipients == ("reviewer@example.test",)
    assert mail.subject == "審査の依頼：髙﨑システム"
    assert mail.text.strip() == "ソフトウェアが提出されました。"
    mail_server.clear()
    assert mail_server.messages == []


@pytest.mark.parametrize("answer", ["451 4.3.0 Later", "550 5.1.1 Unknown"])
def test_refusals_reach_the_client_and_end(mail_server: MailServer, answer: str) -> None:
    mail_server.refuse(answer)
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        _send(mail_server)
    assert refused.value.recipients["reviewer@example.test"][0] == int(answer[:3])
    assert mail_server.messages == []
    assert mail_server.attempts == 1
    mail_server.accept()
    _send(mail_server)
    assert len(mail_server.wait_for(1)) == 1


def test_a_hanging_server_gives_no_answer_until_it_is_let_go(mail_server: MailServer) -> None:
    mail_server.hang()
    with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
        _send(mail_server, timeout=0.2)
    assert mail_server.messages == []
    mail_server.accept()
    _send(mail_server)
    assert len(mail_server.wait_for(1)) == 1


def test_only_refusals_refuse(mail_server: MailServer) -> None:
    with pytest.raises(ValueError, match="starts with 4 or 5"):
        mail_server.refuse("250 2.0.0 OK")


def test_what_does_not_come_is_said(mail_server: MailServer) -> None:
    with pytest.raises(TimeoutError, match="0 of 1 messages"):
        mail_server.wait_for(1, seconds=0.01)
