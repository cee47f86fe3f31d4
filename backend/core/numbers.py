"""Telephone numbers: as people write them, as providers want them (E.164), and what can be sent to them."""

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from backend.errors import Invalid

UNREADABLE = "is no phone number"
UNASSIGNED = "is no phone number that exists"
NO_SMS = "is a number that takes no SMS"

# Of a kind that is not known (a range that is given to nobody, as in the demo) it is for the provider to say.
_WITHOUT_SMS = frozenset(
    {
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.VOIP,
        PhoneNumberType.PAGER,
        PhoneNumberType.UAN,
        PhoneNumberType.VOICEMAIL,
    }
)


def phone_number(text: str, field: str = "phone", *, invented: bool = False) -> str:
    """Return a number as people write it ("090-1234-5678") in E.164. Raises Invalid.

    `invented`: it may exist nowhere.
    """
    try:
        number = phonenumbers.parse(text, "JP")
    except phonenumbers.NumberParseException as error:
        raise Invalid(field, UNREADABLE) from error
    exists = phonenumbers.is_possible_number if invented else phonenumbers.is_valid_number
    if not exists(number):
        raise Invalid(field, UNASSIGNED)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def mobile_number(text: str, field: str = "phone") -> str:
    """The same for a number that SMS must reach. Raises Invalid."""
    number = phone_number(text, field)
    if not takes_sms(number):
        raise Invalid(field, NO_SMS)
    return number


def takes_sms(number: str) -> bool:
    """Whether an SMS to this number (E.164) may arrive."""
    try:
        return phonenumbers.number_type(phonenumbers.parse(number)) not in _WITHOUT_SMS
    except phonenumbers.NumberParseException:
        return True  # whatever it is, it was entered past the check: the provider says


def as_written(number: str) -> str:
    """A number as people in its country write it; one that cannot be read stays as it is."""
    try:
        parsed = phonenumbers.parse(number, "JP")
    except phonenumbers.NumberParseException:
        return number
    style = PhoneNumberFormat.NATIONAL if parsed.country_code == 81 else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, style)
