"""Letters to one worker."""

from tests.phone_company.mail import MailServer
from tests.phone_company.world import World

AOI_MAIL = "aoi@worker.example"


def mailed(world: World, mail: MailServer, *words: str) -> str:
    """Wait for a letter to Aoi with these words; returns its text."""
    letter = world.company.wait_for(lambda: mail.takes(AOI_MAIL, *words))
    assert letter is not None, f"no letter with {words}; there are {[one.subject for one in mail.letters]}"
    return letter.text
