"""The pages of a rota: who may look, who may change, what is said about what cannot be."""

from flask.testing import FlaskClient


def test_first_look(aoki: FlaskClient) -> None:
    answer = aoki.get("/rota/")
    assert answer.status_code == 302
    page = aoki.get(answer.headers["Location"])
    assert page.status_code == 200, page.text
    print(page.text)
    assert 0
