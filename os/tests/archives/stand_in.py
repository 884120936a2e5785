"""What the stand-ins for archives have in common: a key of their own, a server, and the command that runs meanwhile."""

import contextlib
import http.server
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.parse
from pathlib import Path
from typing import Dict, Iterator, Sequence, Type

FAILED, WRONG_USE, MACHINE_LACKS, REMOTE_FAILED = 1, 2, 3, 4


class Fault(Exception):
    def __init__(self, status: int, message: str, remedy: str) -> None:
        super().__init__(message)
        self.status = status
        self.remedy = remedy


def say(text: str) -> None:
    print(f"stand-in: {text}", file=sys.stderr, flush=True)


def run(*command: str, packages: str = "apt dpkg gnupg gpgv", **options: object) -> str:
    """Runs a program that must succeed, and returns its output.

    packages are those of Debian that have it.
    """
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, **options)  # type: ignore[call-overload]
    except FileNotFoundError as missing:
        raise Fault(
            MACHINE_LACKS, f"{command[0]} is needed and not installed.", f"Install it: apt-get install {packages}"
        ) from missing
    if done.returncode != 0:
        raise Fault(FAILED, f"{' '.join(command)} failed: {(done.stderr or done.stdout).strip()}", "")
    return str(done.stdout)


class Key:
    """A key that nothing but this machine's stand-ins for one archive is signed with. It is made on the first run."""

    def __init__(self, directory: Path, scratch: Path, owner: str, algorithm: str) -> None:
        # gpg's socket lies in its home, whose path has to be short.
        self.home = Path(tempfile.mkdtemp(prefix="gpg-", dir="/tmp"))
        self.owner = owner
        self._secret = directory / "key.asc"
        self.public = directory / "keyring.gpg"
        if self._secret.exists() and self.public.exists():
            self.gpg("--import", str(self._secret))
            return
        self.gpg("--quick-generate-key", owner, algorithm, "sign", "never")
        for path, arguments in ((self._secret, ["--armor", "--export-secret-keys"]), (self.public, ["--export"])):
            made = scratch / path.name
            self.gpg("--output", str(made), *arguments)
            made.chmod(0o600 if path == self._secret else 0o644)
            shutil.move(str(made), str(path))

    def gpg(self, *arguments: str) -> None:
        run("gpg", "--homedir", str(self.home), "--batch", "--quiet", "--yes", "--passphrase", "", *arguments)

    def close(self) -> None:
        run("gpgconf", "--homedir", str(self.home), "--kill", "gpg-agent")
        # The agent takes its sockets away as it ends, which gpgconf does not wait for.
        for file in self.home.rglob("S.*"):
            with contextlib.suppress(FileNotFoundError):
                file.unlink()
        shutil.rmtree(self.home)


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files alone, and says nothing: what is fetched is told by who fetches it."""

    protocol_version = "HTTP/1.1"

    def translate_path(self, path: str) -> str:
        plain = urllib.parse.unquote(urllib.parse.urlsplit(path).path)
        parts = [part for part in plain.split("/") if part]
        file = None if ".." in parts else self.find(parts)
        return str(file) if file and file.is_file() else "/nowhere/at/all"

    def find(self, parts: Sequence[str]) -> "Path | None":
        """The file that a path leads to, given by its parts."""
        raise NotImplementedError

    def list_directory(self, path):  # type: ignore[no-untyped-def]
        self.send_error(404)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


def own_address(peer: str) -> str:
    """This machine's address on its way to another: one that steps of a build, in networks of their own, reach."""
    for target in (peer, "192.0.2.1"):
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((target, 9))  # sends nothing
            address = str(probe.getsockname()[0])
            if not address.startswith("127."):
                return address
    raise Fault(
        MACHINE_LACKS,
        "This machine has no address but its loopback's, at which steps of a build could not reach the stand-in.",
        "Give it an address in a network.",
    )


@contextlib.contextmanager
def served(handler: Type[Handler], peer: str, port: int) -> Iterator[str]:
    """A server's address; its port is another one than that if it is taken."""
    address = own_address(peer)
    http.server.ThreadingHTTPServer.daemon_threads = True
    try:
        server = http.server.ThreadingHTTPServer((address, port), handler)
    except OSError:
        server = http.server.ThreadingHTTPServer((address, 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{address}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def state_directory() -> Path:
    """Where metal-images keeps its state, too."""
    named = os.environ.get("METAL_IMAGES_STATE")
    if named:
        return Path(named)
    if os.geteuid() == 0:
        return Path("/var/lib/metal-images")
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "metal-images"


def perform(command: Sequence[str], address: str, variables: Dict[str, str]) -> int:
    """Runs a command that reaches the server at an address without a proxy, and returns its exit status."""
    host = urllib.parse.urlsplit(address).hostname or ""
    direct = ",".join(filter(None, (os.environ.get("no_proxy") or os.environ.get("NO_PROXY"), host)))
    environment = {**os.environ, **variables, "no_proxy": direct, "NO_PROXY": direct}
    try:
        child = subprocess.Popen(command, env=environment)
    except OSError as wrong:
        raise Fault(WRONG_USE, f"{command[0]} can't be started: {wrong.strerror}.", "") from wrong
    # A terminal's interrupt reaches the command, too, and it is for it to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: child.send_signal(number))
    status = child.wait()
    return status if status >= 0 else 128 - status
