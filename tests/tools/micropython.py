"""Get a real MicroPython for this machine, without root.

The unix port is a package of Debian 13. Where it is not installed, that package and the libraries it needs are fetched
from the Debian mirror this machine's own apt uses, checked along the chain signature -> index -> package, unpacked
under `.venv/micropython`, and started through their own loader, so that an older system's libraries do not matter.

`python -m tests.tools.micropython` prints the version and the command.
"""

import hashlib
import lzma
import os
import re
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SUITE = "trixie"
PACKAGE = "micropython"
LEAST = (1, 24)
CACHE = Path(__file__).resolve().parents[2] / ".venv" / "micropython"
APT = Path("/etc/apt")
KEYRINGS = (
    "/usr/share/keyrings/debian-archive-keyring.pgp",
    "/usr/share/keyrings/debian-archive-keyring.gpg",
    "/usr/share/keyrings/raspbian-archive-keyring.gpg",
)
DOWNLOAD_TIMEOUT_S = 60


class MissingMicroPythonError(RuntimeError):
    """There is no MicroPython here and none could be fetched; the text says what to install."""


@dataclass(frozen=True)
class Package:
    path: str
    sha256: str
    depends: tuple[str, ...]


def ensure() -> list[str]:
    """The command that starts MicroPython, ready for arguments to be added.

    Raises MissingMicroPythonError.
    """
    installed = shutil.which("micropython")
    if installed and version([installed]) >= LEAST:
        return [installed]
    root = CACHE / f"{SUITE}-{_architecture()}"
    if not root.exists():
        _install(root)
    command = _command(root)
    if version(command) < LEAST:
        raise MissingMicroPythonError(f"{root}: does not start, or is older than {LEAST}: delete it and try again")
    return command


def version(command: list[str]) -> tuple[int, ...]:
    """What `sys.implementation` says, as (1, 25, 0); () when the command does not start."""
    asked = subprocess.run(
        [*command, "-c", "import sys; print(*sys.implementation[1][:3])"], capture_output=True, text=True, check=False
    )
    if asked.returncode:
        return ()
    return tuple(int(part) for part in asked.stdout.split())


def mirrors() -> list[str]:
    """The addresses in this machine's apt configuration that may hold Debian packages, in its order."""
    found: list[str] = []
    lists = [APT / "sources.list", *sorted(APT.glob("sources.list.d/*.list"))]
    for path in lists:
        if path.exists():
            found += _one_line_mirrors(path.read_text(encoding="utf-8"))
    for path in sorted(APT.glob("sources.list.d/*.sources")):
        found += _deb822_mirrors(path.read_text(encoding="utf-8"))
    return list(dict.fromkeys(mirror.rstrip("/") for mirror in found))


def _one_line_mirrors(text: str) -> Iterator[str]:
    for line in text.splitlines():
        entry = re.match(r"deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+(\S+)\s+(.+)", line.strip())
        if entry and "-security" not in entry[2] and "main" in entry[3].split():
            yield entry[1]


def _deb822_mirrors(text: str) -> Iterator[str]:
    for fields in _stanzas(text):
        suites = fields.get("suites", "").split()
        if (
            "deb" in fields.get("types", "").split()
            and "main" in fields.get("components", "").split()
            and fields.get("enabled", "yes").lower() not in ("no", "false", "0")
            and not all("-security" in suite for suite in suites)
        ):
            yield from fields.get("uris", "").split()


def _stanzas(text: str) -> Iterator[dict[str, str]]:
    """Debian's control format: stanzas of `Name: value`, continued on lines that begin with a space."""
    for stanza in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        name = ""
        for line in stanza.splitlines():
            if line.startswith("#"):
                continue
            if line[:1].isspace():
                fields[name] = fields.get(name, "") + "\n" + line.strip()
            elif ":" in line:
                name, _, value = line.partition(":")
                name = name.lower()
                fields[name] = value.strip()
        yield fields


def _architecture() -> str:
    try:
        return subprocess.run(
            ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError) as error:
        raise MissingMicroPythonError(
            f"install MicroPython {LEAST[0]}.{LEAST[1]} or newer as `micropython`: this is no Debian machine ({error})"
        ) from error


def _install(root: Path) -> None:
    """Fetch, check and unpack into `root`; it appears whole or not at all."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        unpacked = Path(scratch) / "root"
        unpacked.mkdir()
        mirror, index = _open_mirror(Path(scratch), _architecture())
        for package in _closure(index):
            archive = Path(scratch) / "package.deb"
            archive.write_bytes(_fetch_checked(f"{mirror}/{package.path}", package.sha256))
            subprocess.run(["dpkg-deb", "--extract", str(archive), str(unpacked)], check=True)
        try:
            unpacked.rename(root)
        except OSError:
            if not root.exists():  # another run may have been quicker
                raise


def _open_mirror(scratch: Path, architecture: str) -> tuple[str, dict[str, Package]]:
    """The first mirror that has the suite, and its checked index."""
    failures = []
    for mirror in mirrors():
        try:
            release = _verified_release(scratch, _fetch(f"{mirror}/dists/{SUITE}/InRelease"))
            return mirror, _index(mirror, release, architecture)
        except (OSError, ValueError) as error:
            failures.append(f"  {mirror}: {error}")
    raise MissingMicroPythonError(
        f"no MicroPython here, and no mirror of {APT} offers Debian {SUITE}'s.\n"
        f"Install the package `{PACKAGE}` of Debian 13, or any MicroPython >= {LEAST[0]}.{LEAST[1]} as `micropython`.\n"
        + "\n".join(failures)
    )


def _verified_release(scratch: Path, signed: bytes) -> str:
    """The release file inside its signature.

    Raises ValueError when no key of this machine made the signature, MissingMicroPythonError when none can be asked.
    """
    keyrings = [path for path in KEYRINGS if Path(path).exists()]
    missing = [
        package
        for package, is_there in (("gpgv", shutil.which("gpgv")), ("debian-archive-keyring", keyrings))
        if not is_there
    ]
    if missing:  # what is fetched is started: nothing is, unless it was checked
        raise MissingMicroPythonError(
            f"the signature of {SUITE} cannot be checked: apt install {' '.join(missing)}, or `{PACKAGE}` itself"
        )
    source, text = scratch / "InRelease", scratch / "Release"
    source.write_bytes(signed)
    text.unlink(missing_ok=True)
    options = [option for path in keyrings for option in ("--keyring", path)]
    checked = subprocess.run(
        ["gpgv", "--status-fd", "1", *options, "--output", str(text), str(source)],
        capture_output=True,
        text=True,
        check=False,
    )
    # A release has several signatures; an older machine need not know every key, but none may be wrong.
    if "VALIDSIG" not in checked.stdout or "BADSIG" in checked.stdout or not text.exists():
        raise ValueError(f"signature of {SUITE}: {checked.stderr.strip().splitlines()[-1:]}")
    return text.read_text(encoding="utf-8")


def _index(mirror: str, release: str, architecture: str) -> dict[str, Package]:
    name = f"main/binary-{architecture}/Packages.xz"
    listed = re.search(rf"^ ([0-9a-f]{{64}}) +\d+ {re.escape(name)}$", release, re.MULTILINE)
    if listed is None:
        raise ValueError(f"{SUITE} has no {name}")
    folder = f"{mirror}/dists/{SUITE}/"
    try:
        packed = _fetch_checked(f"{folder}main/binary-{architecture}/by-hash/SHA256/{listed[1]}", listed[1])
    except urllib.error.HTTPError:  # a mirror that keeps no index by its hash
        packed = _fetch_checked(folder + name, listed[1])
    index = {}
    for fields in _stanzas(lzma.decompress(packed).decode()):
        if "filename" in fields:
            needs = ", ".join(fields[name] for name in ("pre-depends", "depends") if name in fields)
            first_choices = (re.match(r"\s*([a-z0-9.+-]+)", need) for need in needs.split(","))
            index[fields["package"]] = Package(
                fields["filename"], fields["sha256"], tuple(choice[1] for choice in first_choices if choice)
            )
    return index


def _closure(index: dict[str, Package]) -> list[Package]:
    """The package and all it depends on."""
    if PACKAGE not in index:
        raise MissingMicroPythonError(f"{SUITE} has no package {PACKAGE}")
    wanted, found = [PACKAGE], dict[str, Package]()
    while wanted:
        name = wanted.pop()
        if name in index and name not in found:
            found[name] = index[name]
            wanted += index[name].depends
    return list(found.values())


def _fetch(address: str) -> bytes:
    if not address.startswith(("http://", "https://")):
        raise ValueError("neither http nor https")
    with urllib.request.urlopen(address, timeout=DOWNLOAD_TIMEOUT_S) as answer:
        return bytes(answer.read())


def _fetch_checked(address: str, sha256: str) -> bytes:
    content = _fetch(address)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ValueError(f"{address}: its hash is not the one that was signed")
    return content


def _command(root: Path) -> list[str]:
    loaders = [path for path in sorted(root.glob("usr/lib/**/ld-linux*.so.*")) if path.is_file()]
    if not loaders:
        raise MissingMicroPythonError(f"{root}: no loader in it: delete it and try again")
    libraries = os.pathsep.join([str(loaders[0].parent), str(root / "usr" / "lib")])
    return [str(loaders[0]), "--library-path", libraries, str(root / "usr" / "bin" / "micropython")]


if __name__ == "__main__":
    ready = ensure()
    print("MicroPython", ".".join(map(str, version(ready))))
    print(*ready)
