"""The page behind the link of an SMS."""

from flask.testing import FlaskClient


def test_looking_at_a_claim_link_claims_nothing(client: FlaskClient, link: str, aoki: FlaskClient) -> None:
    page = client.get(link)
    assert "引き受ける" in page.text
    assert "佐藤" not in page.text
    assert 'id="claim-1"' in aoki.get("/alerts/1/").text


def test_pressing_the_claim_links_button_claims(client: FlaskClient, link: str, aoki: FlaskClient) -> None:
    assert "受け付けました" in client.post(link).text
    assert "青木 さくら" in aoki.get("/").text
    again = client.post(link)
    assert again.status_code == 200
    assert "<form" not in again.text


def test_a_claim_link_that_is_made_up_is_of_no_use(client: FlaskClient) -> None:
    assert client.get("/c/made-up").status_code == 404
    assert client.post("/c/made-up").status_code == 404
