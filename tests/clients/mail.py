"""Receives the newsroom's mail with somebody else's mail server, follows what it brings, and signs in.

    python mail.py target/debug/newsroom FOLDER

The mail server is aiosmtpd, once with STARTTLS and once with TLS from the start, by a certificate of an authority made for
the run; it asks for a user and a password. What arrives is read by Python's own email package, which notes each defect.
"""

import contextlib
import email
import email.policy
import json
import logging
import os
import re
import secrets
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import warnings
from pathlib import Path

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

PROGRAM, FOLDER = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
ADMINISTRATOR = "administrator@example.org"
USER, PASSWORD = "newsroom@example.org", "p:w/" + secrets.token_urlsafe(12)
PAGE = "https://desk.example/password#"


def until(what, ready, seconds=60):
    """Waits for what `ready` answers, and answers that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := ready():
            return found
        time.sleep(0.2)
    raise SystemExit(f"waited in vain: {what}")


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Inbox:
    """Keeps the mails that arrive."""

    def __init__(self):
        self.mails = []
        self.read = 0

    async def handle_DATA(self, server, session, envelope):
        assert session.ssl or server.transport.get_extra_info("ssl_object"), "it came in the clear"
        assert session.authenticated, "nobody has signed in"
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 taken"

    def next(self, to):
        """Waits for the next mail to an address, and reads it as Python does."""
        sender, recipients, content = until(f"a mail to {to}", lambda: self.mails[self.read :])[0]
        self.read += 1
        assert recipients == [to], recipients
        mail = email.message_from_bytes(content, policy=email.policy.SMTP)
        assert sender == USER, sender
        for name in ["From", "To", "Subject", "Date", "Message-ID", "Content-Type"]:
            assert len(mail.get_all(name, [])) == 1, f"{name}: {mail.get_all(name)}"
            assert not mail[name].defects, f"{name}: {mail[name].defects}"
        assert not mail.defects and mail.get_content_type() == "text/plain", mail.defects
        assert mail["Date"].datetime.tzinfo is not None
        assert [str(address) for address in mail["To"].addresses] == [to]
        return mail


class Desk:
    """The newsroom's GraphQL side."""

    def __init__(self, root):
        self.root = root
        self.token = None

    def ask(self, query, **variables):
        headers = {"content-type": "application/json"}
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        body = json.dumps({"query": query, "variables": variables}).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self.root}/graphql", body, headers)) as answer:
            return json.load(answer)

    def sign_in(self, address, password):
        query = "mutation($input: SignInInput!) { signIn(input: $input) { accessToken viewer { account { email } } } }"
        return self.ask(query, input={"email": address, "password": password})


@contextlib.contextmanager
def newsroom(data, **settings):
    """The program, serving."""
    port = free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("NEWSROOM_", "DATABASE_"))}
    environment = {**inherited, "NEWSROOM_DATA_DIR": str(data), **settings}
    with (data.parent / f"{data.name}.log").open("w+") as log:
        arguments = [PROGRAM, "serve", "--listen", f"127.0.0.1:{port}"]
        process = subprocess.Popen(arguments, env=environment, stdout=log, stderr=log)
        try:
            root = f"http://127.0.0.1:{port}"

            def is_ready():
                assert process.poll() is None, "the newsroom ended"
                with contextlib.suppress(urllib.error.URLError, ConnectionError):
                    return urllib.request.urlopen(f"{root}/readyz").status == 200

            until("the newsroom", is_ready)
            yield Desk(root)
        except BaseException:
            log.seek(0)
            print("".join(log.readlines()[-40:]), file=sys.stderr)
            raise
        finally:
            process.terminate()
            process.wait()


def administrator(data):
    """Makes an administrator, and answers the password."""
    password = secrets.token_urlsafe(16)
    arguments = [PROGRAM, "account", "add", "--email", ADMINISTRATOR, "--role", "administrator", "--data-dir", data]
    subprocess.run(arguments, input=f"{password}\n", text=True, check=True, stdout=subprocess.DEVNULL)
    return password


def token_in(mail):
    """The token of the link in a mail."""
    links = re.findall(re.escape(PAGE) + r"(nrl_[A-Za-z0-9_-]{43})\b", mail.get_content())
    assert len(links) == 1, mail.get_content()
    return links[0]


def set_password(desk, token, password):
    query = "mutation($input: SetPasswordInput!) { setPassword(input: $input) { viewer { account { email } } } }"
    return desk.ask(query, input={"token": token, "newPassword": password})


def follows(scheme, inbox, port, authority):
    """An invitation and a reset that come by mail are followed until somebody is signed in by them."""
    data = FOLDER / f"mail-{scheme}"
    data.mkdir()
    password = administrator(data)
    user = f"{urllib.parse.quote(USER, safe='')}:{urllib.parse.quote(PASSWORD, safe='')}"
    settings = {
        "NEWSROOM_SMTP_URL": f"{scheme}://{user}@localhost:{port}",
        "NEWSROOM_SMTP_FROM": f'"Élan, the newsroom" <{USER}>',
        "NEWSROOM_ACCOUNT_URL": PAGE + "{token}",
        "SSL_CERT_FILE": str(authority),
    }
    with newsroom(data, **settings) as desk:
        desk.token = desk.sign_in(ADMINISTRATOR, password)["data"]["signIn"]["accessToken"]
        invite = "mutation($input: InviteAccountInput!) { inviteAccount(input: $input) { token url link { id } } }"
        who = {"email": "anna@example.org", "name": "Анна, “редактор”", "role": "EDITOR", "offices": []}
        given = desk.ask(invite, input=who)["data"]["inviteAccount"]
        assert given["url"] == PAGE + given["token"]

        anybody = Desk(desk.root)
        mail = inbox.next("anna@example.org")
        assert mail["From"].addresses[0].display_name == "Élan, the newsroom", mail["From"]
        assert mail["Subject"] == "Your invitation to Élan, the newsroom", mail["Subject"]
        assert mail.get_content().splitlines()[0] == "Hello Анна, “редактор”,", mail.get_content()
        first = secrets.token_urlsafe(16)
        answer = set_password(anybody, token_in(mail), first)
        assert answer["data"]["setPassword"]["viewer"]["account"]["email"] == "anna@example.org", answer
        assert anybody.sign_in("anna@example.org", first)["data"], "the password is not the one that was set"
        for spent in [token_in(mail), given["token"]]:
            again = set_password(anybody, spent, first)
            assert again["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED", again

        forgotten = "mutation { requestPasswordReset(input: {email: \"Anna@Example.org\"}) { requested } }"
        assert anybody.ask(forgotten)["data"] == {"requestPasswordReset": {"requested": True}}
        mail = inbox.next("anna@example.org")
        second = secrets.token_urlsafe(16)
        assert "errors" not in set_password(anybody, token_in(mail), second)
        assert "errors" in anybody.sign_in("anna@example.org", first)
        assert anybody.sign_in("anna@example.org", second)["data"]
    print(f"{scheme}: an invitation and a reset arrived and were followed")


def is_sent_nothing(what, scheme, port, user, authority):
    """A mail server that cannot be trusted, or does not know us, gets no mail; and the administrator is told."""
    data = FOLDER / f"mail-{secrets.token_hex(4)}"
    data.mkdir()
    password = administrator(data)
    settings = {"NEWSROOM_SMTP_URL": f"{scheme}://{user}localhost:{port}", "NEWSROOM_SMTP_FROM": USER}
    if authority:
        settings["SSL_CERT_FILE"] = str(authority)
    with newsroom(data, **settings) as desk:
        desk.token = desk.sign_in(ADMINISTRATOR, password)["data"]["signIn"]["accessToken"]
        invite = "mutation($input: InviteAccountInput!) { inviteAccount(input: $input) { token } }"
        who = {"email": "anna@example.org", "name": "Anna", "role": "EDITOR", "offices": []}
        token = desk.ask(invite, input=who)["data"]["inviteAccount"]["token"]

        def error():
            links = desk.ask("{ accounts { nodes { pendingLinks { mail { state error } } } } }")
            found = [link["mail"] for node in links["data"]["accounts"]["nodes"] for link in node["pendingLinks"]]
            return found[0] if found[0]["error"] else None

        mail = until("an error", error)
        assert mail["state"] == "WAITING" and token not in mail["error"], mail
    print(f"{what}: {mail['error']}")


def main():
    # It warns of what is asked of it on purpose.
    warnings.simplefilter("ignore")
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost", "127.0.0.1")
    trusted = FOLDER / "mail-authority.pem"
    authority.cert_pem.write_to_path(trusted)
    others = FOLDER / "mail-another-authority.pem"
    trustme.CA().cert_pem.write_to_path(others)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)

    def known(server, session, envelope, mechanism, sent):
        return AuthResult(success=(sent.login, sent.password) == (USER.encode(), PASSWORD.encode()), handled=False)

    common = {"hostname": "127.0.0.1", "authenticator": known, "auth_required": True}
    inboxes = {"starttls": Inbox(), "smtps": Inbox(), "plain": Inbox()}
    ports = {name: free_port() for name in inboxes}
    servers = [
        Controller(inboxes["starttls"], port=ports["starttls"], tls_context=context, require_starttls=True, **common),
        # Over TLS from the start it need not ask for STARTTLS before it takes a password.
        Controller(inboxes["smtps"], port=ports["smtps"], ssl_context=context, auth_require_tls=False, **common),
        Controller(inboxes["plain"], port=ports["plain"], hostname="127.0.0.1"),
    ]
    for server in servers:
        server.start()
    try:
        for scheme in ["starttls", "smtps"]:
            follows(scheme, inboxes[scheme], ports[scheme], trusted)
        arrived = sum(len(inbox.mails) for inbox in inboxes.values())
        is_sent_nothing("no STARTTLS", "starttls", ports["plain"], "", trusted)
        is_sent_nothing("another's certificate", "smtps", ports["smtps"], "", others)
        is_sent_nothing("a wrong password", "starttls", ports["starttls"], "somebody:wrong@", trusted)
        assert sum(len(inbox.mails) for inbox in inboxes.values()) == arrived
    finally:
        for server in servers:
            server.stop()


main()
