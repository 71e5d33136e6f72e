"""Real mail servers, started by the tests as an ordinary user: Dovecot for IMAP, Exim for SMTP, with an authority of
our own for their certificates; and stand-ins for what providers do to a connection.

A mailbox is opened with the password CODE. Mail that Exim takes lies in the same mailboxes that Dovecot shows.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from imapclient import IMAPClient
from processes import LIMIT, wait_until

CODE = "an-authorisation-code"
_SERVERS = {"dovecot": "dovecot-imapd", "exim4": "exim4-daemon-light"}
"""Program -> the Debian package that has it."""
_PORTS = range(20_000, 32_000)
"""Below those that a system gives to whoever connects: none of them is taken by chance."""
_TAKEN: list[socket.socket] = []

_DOVECOT = """
base_dir = {base}/run
state_dir = {base}/run
log_path = {base}/dovecot.log
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{base}/cert.pem
ssl_key = <{base}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2
auth_failure_delay = 0
login_greeting = ready
mail_max_userip_connections = 100
mail_location = maildir:{base}/mail/%u
first_valid_uid = 1
passdb {{
  driver = static
  args = password={code}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={base}/mail/%u
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
"""
_EXIM = """
primary_hostname = mx.example.com
spool_directory = {base}/spool
log_file_path = {base}/exim-%slog
pid_file_path = {base}/exim.pid
exim_user = {user}
exim_group = {group}
never_users =
deliver_drop_privilege = true
keep_environment =
daemon_smtp_ports = {smtp} : {smtps}
tls_on_connect_ports = {smtps}
local_interfaces = 127.0.0.1
tls_advertise_hosts = *
tls_certificate = {base}/cert.pem
tls_privatekey = {base}/key.pem
auth_advertise_hosts = *
message_size_limit = 20M
smtp_accept_max_per_connection = 10
acl_smtp_mail = check_sender
acl_smtp_rcpt = check_receiver
BOX = ${{lookup{{$local_part@$domain}}dsearch,filter=dir{{{base}/mail}}}}
begin acl
check_sender:
  require message = 530 Authentication required
          authenticated = *
  deny    message = 553 Mail from must equal authorized user
          ! condition = ${{if eqi{{$sender_address}}{{$authenticated_id}}}}
  defer   message = 451 MI:SFQ too many mails in 15 minutes
          condition = ${{if match{{$sender_address}}{{^hasty}}}}
          ratelimit = 2 / 1h / strict / $sender_address
  accept
check_receiver:
  deny    message = 550 User not found: $local_part@$domain
          condition = ${{if eq{{BOX}}{{}}}}
  accept
begin routers
boxes:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  maildir_format
  directory = {base}/mail/BOX
  user = {user}
  group = {group}
begin retry
* * F,1h,1m
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if eq{{$auth3}}{{{code}}}}}
  server_set_id = $auth2
token:
  driver = plaintext
  public_name = XOAUTH2
  server_prompts = :
  server_condition = ${{if match{{$auth1}}{{auth=Bearer {code}\\x01}}}}
  server_set_id = ${{sg{{$auth1}}{{^user=([^\\x01]+).*}}{{\\$1}}}}
"""


def find_program(program: str) -> str:
    """The path of a server. A missing one fails the test: a proof that did not run is no proof."""
    path = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if path is None:
        package = _SERVERS[program]
        pytest.fail(f"{program} is not installed, and what it must prove is not proven: apt-get install {package}")
    return path


def free_port() -> int:
    """A port for a server that is told its port before it starts. It stays ours as long as this process lives: tests
    in another one ask for the UDP port of that number first, which none of the servers needs."""
    for port in _PORTS:
        claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            claim.bind(("127.0.0.1", port))
            with socket.create_server(("127.0.0.1", port)):
                pass
        except OSError:
            claim.close()
        else:
            _TAKEN.append(claim)
            return port
    pytest.fail("no port is free")


@dataclass(frozen=True)
class MailHost:
    """Both servers. ``root`` is the authority that their certificates come from, ``authority`` its file."""

    base: Path
    imap: int
    imaps: int
    smtp: int
    smtps: int
    root: trustme.CA
    exim: int = 0
    """The process that takes mail in."""

    @property
    def authority(self) -> Path:
        return self.base / "authority.pem"

    def box(self, name: str) -> str:
        """A mailbox, made anew: its address."""
        address = f"{name}@example.com"
        folder = self.base / "mail" / address
        for part in ("cur", "new", "tmp"):
            (folder / part).mkdir(parents=True)
        _own(folder)
        return address

    @contextmanager
    def look(self, address: str) -> Iterator[IMAPClient]:
        """A mailbox as another mail program sees it."""
        context = ssl.create_default_context(cafile=str(self.authority))
        with IMAPClient("localhost", self.imaps, ssl_context=context) as client:
            client.login(address, CODE)
            yield client

    def put(self, address: str, *mails: bytes, at: datetime | None = None, folder: str = "INBOX") -> None:
        """Lay mails into a mailbox, received at some time."""
        with self.look(address) as client:
            for mail in mails:
                client.append(folder, mail, msg_time=at)

    def settled(self, address: str) -> list[bytes]:
        """The mails that lie in a mailbox once the SMTP server speaks with nobody, and has delivered what it took."""

        def rests() -> bool:
            return not psutil.Process(self.exim).children() and not any((self.base / "spool" / "input").glob("*-H"))

        wait_until(rests, "the end of what the SMTP server does")
        return self.arrived(address, 0)

    def arrived(self, address: str, at_least: int = 1) -> list[bytes]:
        """The mails that lie in a mailbox, once there are so many."""

        def read() -> list[bytes]:
            found = [path for part in ("new", "cur") for path in (self.base / "mail" / address / part).iterdir()]
            return [path.read_bytes() for path in found] if len(found) >= at_least else []

        return wait_until(read, f"a mail for {address}") if at_least else read()


def servant() -> tuple[str, str, int, int]:
    """Who the servers run as: nobody, where the tests run as root."""
    user = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    group = subprocess.run(["id", "-gn", user.pw_name], capture_output=True, text=True, check=True).stdout.strip()
    return user.pw_name, group, user.pw_uid, user.pw_gid


def _own(path: Path) -> None:
    """Give all below a path to the servers."""
    if os.getuid() == 0:
        _, _, uid, gid = servant()
        for one in (path, *path.rglob("*")):
            os.chown(one, uid, gid)


@contextmanager
def run_mail_host() -> Iterator[MailHost]:
    base = Path(tempfile.mkdtemp(prefix="xlscore-mail-"))
    user, group, uid, gid = servant()
    authority = trustme.CA()
    host = MailHost(base, free_port(), free_port(), free_port(), free_port(), authority)
    for part in ("mail", "run", "spool"):
        (base / part).mkdir()
    certificate = authority.issue_cert("localhost", "127.0.0.1")
    authority.cert_pem.write_to_path(str(host.authority))
    (base / "cert.pem").write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
    (base / "key.pem").write_bytes(certificate.private_key_pem.bytes())
    facts = {"base": base, "user": user, "group": group, "uid": uid, "gid": gid, "code": CODE,
             "imap": host.imap, "imaps": host.imaps, "smtp": host.smtp, "smtps": host.smtps}  # fmt: skip
    (base / "dovecot.conf").write_text(_DOVECOT.format(**facts))
    (base / "exim.conf").write_text(_EXIM.format(**facts))
    base.chmod(0o755)
    _own(base)
    commands = (
        [find_program("dovecot"), "-F", "-c", str(base / "dovecot.conf")],
        [find_program("exim4"), "-C", str(base / "exim.conf"), "-bdf", "-q1h"],
    )
    as_servant: dict[str, Any] = {"user": user, "group": group, "extra_groups": []} if os.getuid() == 0 else {}
    running = [
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=base, **as_servant)
        for command in commands
    ]
    try:
        for server, port in zip(running, (host.imaps, host.smtps), strict=True):
            wait_until(lambda of=server, at=port: _answers(of, at), f"a server on port {port}")  # type: ignore[misc]
        yield replace(host, exim=running[1].pid)
    finally:
        for one in running:
            one.terminate()
        for one in running:
            one.wait(LIMIT)
        shutil.rmtree(base, ignore_errors=True)


def _answers(server: subprocess.Popen[bytes], port: int) -> bool:
    if server.poll() is not None:
        pytest.fail(f"{server.args} has ended with {server.returncode}")
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), LIMIT):
        return True
    return False


# --- an IMAP server as providers have it -----------------------------------------------------------------------


@dataclass
class Provider:
    """Stands before Dovecot and does to a connection what providers do.

    ``wants_id``: refuses to open a folder before ID, as NetEase; after it too, unless it ``believes``. ``tells``:
    announces ID. ``hangs_up_on``: commands on
    which it drops the connection, as QQ does on those it does not know. ``cut``: (command number, where), to drop the
    connection ``before`` that command reaches the server, in the ``middle`` of its answer, or ``after`` it.
    """

    host: MailHost
    wants_id: bool = False
    believes: bool = True
    tells: bool = True
    hangs_up_on: Sequence[str] = ()
    cut: tuple[int, str] = (0, "")
    commands: list[str] = field(default_factory=list)
    logins: int = 0
    port: int = 0
    certificate: trustme.LeafCert | None = None
    """Another than that of the servers."""
    _context: ssl.SSLContext = field(default_factory=lambda: ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))

    @contextmanager
    def run(self) -> Iterator[Provider]:
        if self.certificate:
            self.certificate.configure_cert(self._context)
        else:
            self._context.load_cert_chain(self.host.base / "cert.pem", self.host.base / "key.pem")
        with socket.create_server(("127.0.0.1", 0)) as door:
            self.port = int(door.getsockname()[1])
            threading.Thread(target=self._serve, args=(door,), daemon=True).start()
            yield self
            with suppress(OSError):
                door.shutdown(socket.SHUT_RDWR)

    def _serve(self, door: socket.socket) -> None:
        while True:
            try:
                client, _ = door.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(client,), daemon=True).start()

    def _talk(self, raw: socket.socket) -> None:
        with (
            suppress(OSError, ssl.SSLError),
            self._context.wrap_socket(raw, server_side=True) as client,
            socket.create_connection(("127.0.0.1", self.host.imap)) as server,
        ):
            for side in (client, server):
                side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._relay(client.makefile("rwb", buffering=0), server.makefile("rwb", buffering=0))

    def _relay(self, client: Any, server: Any) -> None:
        client.write(self._edited(server.readline()))
        known = False
        while line := client.readline():
            tag, _, rest = line.decode("ascii").strip().partition(" ")
            command = rest.upper().removeprefix("UID ").split(" ")[0]
            self.commands.append(rest if command != "LOGIN" else "LOGIN")
            self.logins += command == "LOGIN"
            known = known or (command == "ID" and self.believes)
            number, where = self.cut
            here = len(self.commands) == number
            if command in self.hangs_up_on or (here and where == "before"):
                return
            if self.wants_id and not known and command in ("SELECT", "EXAMINE", "STATUS"):
                client.write(f"{tag} NO {command} Unsafe Login. Please contact kefu@example.com for help\r\n".encode())
                continue
            server.write(line)
            if not self._answer(client, server, tag.encode(), here and where == "middle"):
                return
            if here and where == "after":
                return

    def _answer(self, client: Any, server: Any, tag: bytes, cut: bool) -> bool:
        """Pass on all of one answer; or half of it, and then False."""
        while line := server.readline():
            if cut:
                client.write(line[: len(line) // 2])
                return False
            client.write(self._edited(line))
            while line.endswith(b"}\r\n"):
                left = int(line[line.rindex(b"{") + 1 : -3])
                while left and (data := server.read(left)):
                    client.write(data)
                    left -= len(data)
                line = server.readline()
                client.write(line)
            if line.startswith((tag + b" ", b"+ ")):
                return True
        return False

    def _edited(self, line: bytes) -> bytes:
        return line if self.tells or b"CAPABILITY" not in line else line.replace(b" ID ", b" ")


@dataclass
class Cutter:
    """Stands before Exim's port without encryption and drops one connection: before the ``reply``-th answer is passed
    on, or once the client has sent more than ``sent`` bytes in all."""

    host: MailHost
    reply: int = 0
    sent: int = 0
    port: int = 0
    cut: bool = False
    replies: list[bytes] = field(default_factory=list)

    @contextmanager
    def run(self) -> Iterator[Cutter]:
        with socket.create_server(("127.0.0.1", 0)) as door:
            self.port = int(door.getsockname()[1])
            threading.Thread(target=self._serve, args=(door,), daemon=True).start()
            yield self
            with suppress(OSError):
                door.shutdown(socket.SHUT_RDWR)

    def _serve(self, door: socket.socket) -> None:
        while True:
            try:
                client, _ = door.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.host.smtp))
            for side in (client, server):
                side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for work in (self._upwards, self._downwards):
                threading.Thread(target=work, args=(client, server), daemon=True).start()

    def _upwards(self, client: socket.socket, server: socket.socket) -> None:
        passed = 0
        with suppress(OSError):
            while data := client.recv(4096):
                passed += len(data)
                if self.sent and not self.cut and passed > self.sent:
                    self._hang_up(client, server)
                    return
                server.sendall(data)
        self._close(client, server)

    def _downwards(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            for line in server.makefile("rb"):
                if line[3:4] != b"-":
                    self.replies.append(line)
                    if len(self.replies) == self.reply and not self.cut:
                        self._hang_up(client, server)
                        return
                client.sendall(line)
        self._close(client, server)

    def _hang_up(self, client: socket.socket, server: socket.socket) -> None:
        self.cut = True
        self._close(client, server)

    def _close(self, *sides: socket.socket) -> None:
        for side in sides:
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)


# --- an SMTP server that does as it is told --------------------------------------------------------------------


class _Reception(Controller):
    """Listens at a port that is its own before it is told."""

    def __init__(self, handler: object, **options: Any) -> None:
        self._door = socket.create_server(("127.0.0.1", 0))
        super().__init__(handler, "127.0.0.1", self._door.getsockname()[1], **options)

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self._door)


@dataclass
class Script:
    """A server without encryption whose answers are laid down: verb (AUTH, MAIL, RCPT, DATA) -> its answers, one for
    each time it is said; then 250. The answer ``lost`` drops the connection instead; after DATA the mail was taken.
    """

    answers: dict[str, list[str]] = field(default_factory=dict)
    taken: list[bytes] = field(default_factory=list)
    receivers: list[list[str]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    @contextmanager
    def run(self) -> Iterator[Script]:
        controller = _Reception(
            self, authenticator=self._log_in, auth_require_tls=False, auth_required=True,
            server_hostname="mx.example.com", ready_timeout=LIMIT,
        )  # fmt: skip
        controller.start()
        self.port = controller.port
        try:
            yield self
        finally:
            controller.stop()

    def _next(self, verb: str, server: Any, usual: str) -> str:
        self.said.append(verb)
        left = self.answers.get(verb, [])
        answer = left.pop(0) if left else usual
        if answer == "lost":
            server.transport.abort()
            raise ConnectionResetError
        return answer or usual

    def _log_in(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.connections += 1
        answer = self._next("AUTH", server, "235 2.7.0 ok")
        good = answer.startswith("235") and (mechanism != "PLAIN" or data.password == CODE.encode())
        refused = answer if not answer.startswith("235") else "535 Error: authentication failed"
        return AuthResult(success=good, handled=False, message=None if good else refused)

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        answer = self._next("MAIL", server, "250 ok")
        if answer.startswith("250"):
            envelope.mail_from = address
        return answer

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        answer = self._next("RCPT", server, "250 ok")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self.answers.get("DATA", [""])[0] if self.answers.get("DATA") else ""
        if not answer or answer in ("lost",) or answer.startswith("250"):
            self.taken.append(envelope.content)
            self.receivers.append(list(envelope.rcpt_tos))
        return self._next("DATA", server, "250 queued")
