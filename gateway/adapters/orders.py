"""The backend's commands as inputs of the core: what can be done, and why the rest cannot."""

from contract import reports

from gateway.adapters.backups import Backups
from gateway.core.building import BuildingCore
from gateway.core.inputs import Input, Restored, Told
from gateway.errors import BackupError


def as_input(
    command: reports.Command | None, at: float, core: BuildingCore, backups: Backups
) -> tuple[Input | None, list[str]]:
    """The input that a command is, taken at `at`; or None, and every reason why it cannot be done.

    None for a command that nobody could read.
    """
    if command is None:
        return None, ["it cannot be read"]
    problems = core.problems_with(command)
    if problems:
        return None, problems
    if not isinstance(command, reports.Restore):
        return Told(at, command), []
    try:
        restored = Restored(at, command.unit, backups.open(command))
    except BackupError as error:
        return None, [str(error)]
    problems = core.problems_with_restored(restored)
    return (None, problems) if problems else (restored, [])
