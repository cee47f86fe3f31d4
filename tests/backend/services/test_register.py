"""What an installation is filled with is checked as a whole before anything is written."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec.structs import replace
from sqlalchemy import func, select

from backend.adapters.store import Store
from backend.adapters.store.schema import Contact, Organisation, PolicyStep, Resident, ResidentPhoto, Worker
from backend.cli import main
from backend.core.access import Role
from backend.errors import Invalid, ManyInvalid
from backend.services import beginning, callers, photos, register
from backend.services.seed import seed
from tests.backend.pictures import JPEG, PNG
from tests.postgres import Postgres

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
FILE = """
name = "居住支援法人 みなと"
kana = "みなと"
fallback_phone = "03-3541-1111"
building = "みなと荘"
address = "東京都中央区"
gateway = "minato"
policy = "標準"
key_place = "事務所"
protocol = "電話 → 家族 → 訪問"
since = 2024-04-01T00:00:00+09:00
steps = [
  {target = "worker", login = "ono"},
  {target = "contact", contact_kinds = ["family", "neighbour"], channels = ["voice"], wait_s = 180.0},
  {target = "role", role = "coordinator"},
]
[[staff]]
login = "ono"
name = "小野 舞"
kana = "おの まい"
phone = "080-1234-5678"
role = "worker"
[[homes]]
ref = "m101"
name = "101"
floor = 1
resident = "グエン ラン"
kana = "ぐえん らん"
birth = 1950-02-03
phone = "090-1234-5678"
language = "vi"
[[homes.relatives]]
kind = "family"
name = "グエン ミン"
phone = "+81 70-1234-5678"
language = "en"
may_know = "cause"
disclosure = "病歴は伝えない"
[[homes.relatives]]
kind = "neighbour"
name = "林 修"
phone = ""
may_know = "nothing"
"""


@dataclass
class Installation:
    url: str
    store: Store

    def fill(self, text: str, folder: Path = Path()) -> None:
        seed(self.store, register.read(text, folder), now=NOW, real_now=NOW)


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    if request.param == "sqlite":
        copy = tmp_path / "empty.db"
        copy.write_bytes(request.getfixturevalue("empty_sqlite").read_bytes())
        url = f"sqlite:///{copy}"
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        url = postgres.fresh(like=request.getfixturevalue("empty_postgres"))
    store = Store(url)
    yield Installation(url, store)
    store.close()


def test_numbers_are_kept_as_providers_say_them_so_that_who_calls_is_known(empty: Installation) -> None:
    empty.fill(FILE)
    with empty.store.system_reading() as session:
        assert session.scalars(select(Organisation.fallback_phone)).one() == "+81335411111"
    for written, person in (("09012345678", "resident:1"), ("07012345678", "contact:1"), ("08012345678", "worker:1")):
        caller = callers.identify(empty.store, callers.number_of(written), "")
        assert caller is not None and caller.people == (person,)


def test_contacts_are_a_step_of_the_policy_and_everybody_has_a_language_and_what_they_may_know(
    empty: Installation,
) -> None:
    empty.fill(FILE)
    with empty.store.session(1, viewer="system:test", purpose="test") as session:
        steps = session.scalars(select(PolicyStep).order_by(PolicyStep.position)).all()
        assert [(one.target, one.contact_kinds, one.channels, one.wait_s, one.role) for one in steps] == [
            ("worker", [], ["sms", "voice"], 60.0, ""),
            ("contact", ["family", "neighbour"], ["voice"], 180.0, ""),
            ("role", [], ["sms", "voice"], 60.0, "coordinator"),
        ]
        assert session.scalars(select(Resident)).one().language == "vi"
        contacts = session.scalars(select(Contact).order_by(Contact.position)).all()
        assert [(one.language, one.may_know, one.disclosure) for one in contacts] == [
            ("en", "cause", "病歴は伝えない"),
            ("ja", "nothing", ""),
        ]


def test_every_number_that_does_not_exist_is_named_and_nothing_is_written(empty: Installation) -> None:
    bad = FILE.replace("03-3541-1111", "03-12").replace("080-1234-5678", "090-0000-0001")
    bad = bad.replace("090-1234-5678", "+819000000002").replace("+81 70-1234-5678", "うちの電話")
    with pytest.raises(ManyInvalid) as refused:
        empty.fill(bad)
    assert [(one.field, one.detail) for one in refused.value.problems] == [
        ("fallback_phone", "03-12"),
        ("staff[0].phone", "090-0000-0001"),
        ("homes[0].phone", "+819000000002"),
        ("homes[0].relatives[0].phone", "うちの電話"),
    ]
    with empty.store.system_reading() as session:
        assert session.scalar(select(func.count(Organisation.id))) == 0


def test_invented_numbers_pass_where_the_register_says_so_and_are_numbers_even_then(empty: Installation) -> None:
    empty.fill("invented = true" + FILE.replace("090-1234-5678", "090-0000-1101"))
    with empty.store.session(1, viewer="system:test", purpose="test") as session:
        assert session.scalars(select(Resident)).one().phone == "+819000001101"
    with pytest.raises(ManyInvalid, match="fallback_phone"):
        empty.fill("invented = true" + FILE.replace("03-3541-1111", "12"))


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        ('target = "contact"', 'target = "family"', "steps[1].target"),
        ('may_know = "cause"', 'may_know = "all"', "homes[0].relatives[0].may_know"),
        ('language = "vi"', 'language = "ベトナム語"', "homes[0].language"),
        ('channels = ["voice"]', 'channels = ["fax"]', "steps[1].channels"),
        ('role = "worker"', 'role = "boss"', "staff[0].role"),
        ('login = "ono"}', 'login = "nobody"}', "steps[0].login"),
        ("+09:00", "", "since"),
        ("may_know", "mayknow", "mayknow"),
        ("[[staff]]", "[[staff", "register"),
    ],
)
def test_what_cannot_be_is_refused_and_named(before: str, after: str, where: str) -> None:
    with pytest.raises((Invalid, ManyInvalid)) as refused:
        register.checked(register.read(FILE.replace(before, after, 1)))
    assert where in str(refused.value)


def test_what_code_gives_is_checked_as_what_a_file_gives() -> None:
    ours = beginning.register()
    wrong = replace(ours.steps[0], target="nobody")
    with pytest.raises(Invalid, match=r"steps\[0\].target"):
        register.checked(replace(ours, steps=(wrong,)))
    with pytest.raises(ManyInvalid, match=r"homes\[5\].phone"):
        register.checked(replace(ours, invented=False))


def with_photo(lines: str) -> str:
    return FILE.replace('language = "vi"', f'language = "vi"\n{lines}')


CONSENT = "photo_consent = 2026-04-01"


@pytest.mark.parametrize(("image", "media_type"), [(JPEG, "image/jpeg"), (PNG, "image/png")])
def test_a_photo_is_taken_with_the_day_of_consent_and_is_what_its_bytes_say(
    empty: Installation, tmp_path: Path, image: bytes, media_type: str
) -> None:
    (tmp_path / "ran.gif").write_bytes(image)
    empty.fill(with_photo(f'photo = "ran.gif"\n{CONSENT}'), tmp_path)
    with empty.store.session(1, viewer="system:test", purpose="test") as session:
        photo = session.scalars(select(ResidentPhoto)).one()
        assert photo.resident_id == session.scalars(select(Resident.id)).one()
        assert (photo.image, photo.media_type, photo.consented_on) == (image, media_type, date(2026, 4, 1))


@pytest.mark.parametrize(
    ("lines", "image", "said"),
    [
        ('photo = "ran.png"', PNG, "homes[0].photo_consent: is missing"),
        (CONSENT, PNG, "homes[0].photo: is missing"),
        (f'photo = "other.png"\n{CONSENT}', PNG, "homes[0].photo: cannot be read"),
        (f'photo = "."\n{CONSENT}', PNG, "homes[0].photo: cannot be read"),
        (f'photo = "ran\\u0000.png"\n{CONSENT}', PNG, "homes[0].photo: cannot be read"),
        (f'photo = "ran.png"\n{CONSENT}', PNG.ljust(300 * 1024 + 1), "homes[0].photo: is larger than 300 KB"),
        (f'photo = "ran.png"\n{CONSENT}', b"GIF89a" + PNG, "homes[0].photo: is neither JPEG nor PNG"),
        (f'photo = "ran.png"\n{CONSENT}', b"", "homes[0].photo: is neither JPEG nor PNG"),
    ],
)
def test_a_photo_without_consent_or_that_is_none_is_refused_and_nothing_is_written(
    empty: Installation, tmp_path: Path, lines: str, image: bytes, said: str
) -> None:
    (tmp_path / "ran.png").write_bytes(image)
    with pytest.raises(ManyInvalid) as refused:
        empty.fill(with_photo(lines), tmp_path)
    assert str(refused.value).startswith(said)
    with empty.store.system_reading() as session:
        assert session.scalar(select(func.count(Organisation.id))) == 0


def test_a_photo_may_be_as_large_as_is_said(tmp_path: Path) -> None:
    file = tmp_path / "ran.png"
    file.write_bytes(PNG.ljust(photos.LARGEST_KB * 1024))
    (home, *_) = register.read(with_photo(f'photo = "{file}"\n{CONSENT}'), Path("elsewhere")).homes
    assert photos.of([home])["m101"].image == file.read_bytes()


def test_the_command_takes_a_file_and_says_what_is_wrong_with_it(empty: Installation, tmp_path: Path) -> None:
    environment = {"TOMOSHIBI_DATABASE_URL": empty.url, "TOMOSHIBI_SECRET_KEY": "x" * 32}
    file = tmp_path / "register.toml"

    def run(text: str) -> tuple[int, str]:
        file.write_text(text, encoding="utf-8")
        found = CliRunner().invoke(main, ["seed", "--register", str(file)], env=environment)
        return found.exit_code, found.output

    assert run(FILE.replace("090-1234-5678", "090")) == (
        1,
        "Error: homes[0].phone: is no phone number that exists (090)\n",
    )
    (tmp_path / "ran.png").write_bytes(PNG)
    code, output = run(with_photo(f'photo = "ran.png"\n{CONSENT}'))
    assert code == 0 and "logins     ono" in output
    with empty.store.session(1, viewer="system:test") as session:
        assert session.scalars(select(Worker)).one().role == Role.WORKER
        assert session.scalars(select(ResidentPhoto)).one().image == PNG
