"""Accepts currencies and formats amounts of money for people, by the rules of contracts/money.json.

An amount is a whole number of minor units of its currency. The number of digits is that of ISO 4217, not that of CLDR,
which counts the digits of cash: 0 for LAK and RSD, where ISO 4217 has 2. The module needs only Python's own library.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

# Contains IDR although ISO 4217 gives it 2 digits: here, amounts in IDR have always been whole rupiah.
_WITHOUT_DIGITS = "BIF CLP DJF GNF IDR ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_WITH_THREE_DIGITS = "BHD IQD JOD KWD LYD OMR TND"
_WITH_TWO_DIGITS = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE
    CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF ILS INR IRR JMD KES KGS KHR KPW
    KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN
    PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD
    TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
MINOR_DIGITS = MappingProxyType(
    {
        currency: digits
        for digits, currencies in ((0, _WITHOUT_DIGITS), (2, _WITH_TWO_DIGITS), (3, _WITH_THREE_DIGITS))
        for currency in currencies.split()
    }
)
"""Every accepted currency by its ISO 4217 code, with the number of decimal digits of its minor unit."""

_UNLISTED_DIGITS = 2
"""The digits of a code that is refused today but was stored earlier, so that it must still be shown."""
_SIGNS = {"EUR": "€", "GBP": "£", "IDR": "Rp", "JPY": "¥", "USD": "$"}


@dataclass(frozen=True)
class Notation:
    """How amounts of a currency are written: `sign`, then the number with `group` between thousands and `point` before
    its last `digits` digits."""

    sign: str
    group: str
    point: str
    digits: int


def require_currency(code: str) -> str:
    """Returns `code` if it is an accepted currency; raises ValueError with a message for people otherwise."""
    if code not in MINOR_DIGITS:
        raise ValueError("must be the ISO 4217 code of a currency in use, such as IDR or USD")
    return code


def notation(currency: str) -> Notation:
    """Returns how amounts of `currency` are written, also for a refused currency, since one may be stored."""
    group, point = (".", ",") if currency == "IDR" else (",", ".")
    digits = MINOR_DIGITS.get(currency, _UNLISTED_DIGITS)
    return Notation(_SIGNS.get(currency, f"{currency} "), group, point, digits)


def format_money(amount: int, currency: str) -> str:
    """Formats `amount` minor units of `currency` in the same way everywhere: Rp750.000, $12.50, KWD 12.500."""
    how = notation(currency)
    whole, rest = divmod(abs(amount), 10**how.digits)
    text = f"{whole:,}".replace(",", how.group) + (f"{how.point}{rest:0{how.digits}}" if how.digits else "")
    return f"{'-' if amount < 0 else ''}{how.sign}{text}"
