"""The resident's contacts, who are called to go and look."""

from tests.phone_company.town import Step
from tests.phone_company.world import World

CONTACTS_FIRST = (Step(("voice",), contacts=("family",), wait_s=300), Step(("voice",), "bea"))


def test_the_family_is_called_in_order_and_whoever_goes_is_shown_while_the_workers_are_called(
    database_url: str,
) -> None:
    with World(database_url, steps=CONTACTS_FIRST) as world:
        son = world.adds_contact("Son", "+819022220001")
        daughter = world.adds_contact("Daughter", "+819022220002", may_know="cause")
        world.adds_contact("Doctor", "+819022220003", kind="doctor")
        son.does_not_answer()
        alert = world.press_emergency()
        son.expect_sms("見守り先の方", "050-1111-9999")
        call = daughter.expect_call("ひだまり居住支援", "山田花さん", "緊急ボタンが押されました")
        call.press(4).expect("使えません").press(1).expect("ありがとうございます")
        assert "contact_coming" in world.history(alert)
        assert world.alert(alert).state == "open"
        screen = world.screen("aoi")
        assert "家族が様子を見に行きます" in screen.get("/")
        assert "様子を見に行くと答えた" in screen.get(f"/alerts/{alert}/")
        world.advance(minutes=1)
        world.chika.expect_sms("未対応")
        world.advance(minutes=4)
        world.bea.expect_call("緊急").press(1)
        world.chika.expect_sms("Beaさんが引き受けました")
        world.screen("bea").press(alert, "close", outcome="helped")
        daughter.expect_sms("終わりました")


def test_a_contact_who_cannot_go_is_followed_by_the_next_at_once_and_then_by_the_workers(database_url: str) -> None:
    with World(database_url, steps=CONTACTS_FIRST) as world:
        son = world.adds_contact("Son", "+819022220001", language="vi")  # of which there are no words
        daughter = world.adds_contact("Daughter", "+819022220002")
        alert = world.press_emergency()
        daughter.expect_nothing()
        said = son.expect_call("calling for", "We would like somebody to look in")
        assert "emergency" not in " ".join(said.heard)  # more than this son may know
        said.press(9).expect("Understood")
        daughter.expect_call("ご様子の確認").press(9).expect("ほかの方に連絡します")
        world.bea.expect_call("緊急").press(1)
        assert world.history(alert).count("contact_cannot") == 2


def test_a_contact_who_may_know_nothing_is_not_reached_and_a_step_without_any_is_a_gap(database_url: str) -> None:
    with World(database_url, steps=CONTACTS_FIRST) as world:
        world.adds_contact("Son", "+819022220001", may_know="nothing")
        world.adds_contact("Daughter", "")
        alert = world.press_emergency()
        world.bea.expect_call("緊急").press(1)
        assert world.alert(alert).gaps == ["step 1"]


def test_a_worker_lets_the_contacts_be_called_from_the_alerts_page(world: World) -> None:
    son = world.adds_contact("Son", "+819022220001")
    neighbour = world.adds_contact("Neighbour", "+819022220002", kind="neighbour")
    alert = world.press_emergency()
    world.aoi.expect_sms("緊急")
    world.aoi.expect_call("緊急").press(1)
    screen = world.screen("aoi")
    screen.press(alert, "call-contacts")
    son.expect_call("ご様子の確認").press(9)
    neighbour.expect_call("ご近所の山田花さん", "ノック").press(1)
    assert "近隣が様子を見に行きます" in screen.get(f"/alerts/{alert}/")


def test_a_claim_ends_the_calls_to_contacts_that_nobody_asked_for(database_url: str) -> None:
    with World(database_url, steps=CONTACTS_FIRST) as world:
        son = world.adds_contact("Son", "+819022220001")
        daughter = world.adds_contact("Daughter", "+819022220002")
        alert = world.press_emergency()
        ringing = son.expect_call()
        world.screen("aoi").press(alert, "claim")
        ringing.does_not_answer()
        world.settle()
        assert (son.texts, daughter.rang) == ([], 0)
