"""How long a message took, as `/metrics` tells it: by a provider that says when it arrived, and by one that cannot."""

from tests.backend.stories.letters import AOI_MAIL, mailed
from tests.phone_company.mail import MailServer
from tests.phone_company.town import Step
from tests.phone_company.world import Providers, World


def test_metrics_tell_handed_over_from_arrived(database_url: str, mail: MailServer) -> None:
    steps = (Step(("sms", "email"), "aoi"),)
    with World(database_url, steps=steps, providers=Providers(mail=mail)) as world:
        world.gives("aoi", email=AOI_MAIL)
        world.press_emergency()
        world.clock.advance(seconds=4)
        world.work()
        world.clock.advance(seconds=3)
        world.aoi.expect_sms("緊急")
        mailed(world, mail, "緊急")
        told = world.app.test_client().get("/metrics").text.splitlines()
        ours = {
            line for line in told if line.startswith(("tomoshibi_sends", "tomoshibi_handover", "tomoshibi_deliver"))
        }
        assert ours == {
            'tomoshibi_sends{provider="twilio-sms",state="delivered"} 1.0',
            'tomoshibi_handover_seconds{provider="twilio-sms",quantile="0.5"} 4.0',
            'tomoshibi_delivery_seconds{provider="twilio-sms",quantile="0.5"} 7.0',
            'tomoshibi_sends{provider="email",state="sent"} 1.0',
            'tomoshibi_handover_seconds{provider="email",quantile="0.5"} 4.0',
        }
        assert "# HELP tomoshibi_handover_seconds From the decision until the provider had it, 24 h" in told
