"""Small files that outlive a power cut and are nobody else's to read."""

import os
from contextlib import suppress
from pathlib import Path

from gateway.errors import GatewayError


def write_private(path: Path, text: str, *, keep: bool = False) -> None:
    """Write the whole file or nothing of it. `keep`: one that is there already stays. Raises GatewayError."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        draft.unlink(missing_ok=True)  # of a process with the same number that was cut short
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            if os.geteuid() == 0:  # a person set things right by sudo: it is the gateway's all the same
                owner = path.parent.stat()
                os.fchown(handle, owner.st_uid, owner.st_gid)
            os.write(handle, text.encode())
            os.fsync(handle)
        finally:
            os.close(handle)
        if keep:
            with suppress(FileExistsError):
                os.link(draft, path)
            draft.unlink()
        else:
            draft.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise GatewayError(
            f"{path}: cannot be written ({error.strerror}); check the disk and its permissions"
        ) from None


def remove(path: Path) -> None:
    """Remove the file, if there is one, for good. Raises GatewayError."""
    try:
        path.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError as error:
        raise GatewayError(f"{path}: cannot be removed ({error.strerror}); check its permissions") from None


def sync_folder(folder: Path) -> None:
    """Let what was written, renamed or removed in it reach the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
