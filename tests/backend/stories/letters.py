"""Letters to one worker."""

from tests.phone_company.mail import MailServer
from tests.phone_company.world import World

AOI_MAIL = "aoi@worker.example"


def mailed(world: World, mail: MailServer, *words: str) -> str:
    """Wait for a letter to Aoi with these words; returns its text."""
    world.company.wait_until(
        lambda: any(all(word in one.subject + one.text for word in words) for one in mail.letters_to(AOI_MAIL))
    )
    return mail.letters_to(AOI_MAIL)[-1].text
