"""Which currencies are taken, and how an amount of money is written for people: the rules of contracts/money.json.

An amount is a whole number of minor units of its currency. The number of digits is that of ISO 4217, not CLDR's, which
gives the digits of cash: 0 for LAK and RSD, where ISO 4217 has 2. Needs nothing but Python's own library.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

# Among them IDR, although ISO 4217 gives it 2 digits: amounts of it have always been whole rupiah here.
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
"""Every currency that is taken, by its ISO 4217 code, with the number of decimal digits of its minor unit."""

_UNLISTED_DIGITS = 2
"""Of a code that was stored before it was refused: it has to be shown, whatever it is."""
_SIGNS = {"EUR": "€", "GBP": "£", "IDR": "Rp", "JPY": "¥", "USD": "$"}


@dataclass(frozen=True)
class Notation:
    """How amounts of a currency are written: `sign`, then digits with `group` between thousands and `point` before the
    last `digits`."""

    sign: str
    group: str
    point: str
    digits: int


def require_currency(code: str) -> str:
    """`code`, if it is a currency that is taken; otherwise ValueError, in words."""
    if code not in MINOR_DIGITS:
        raise ValueError("must be the ISO 4217 code of a currency in use, such as IDR or USD")
    return code


def notation(currency: str) -> Notation:
    """How `currency` is written; also one that is not taken, since it may be stored."""
    group, point = (".", ",") if currency == "IDR" else (",", ".")
    digits = MINOR_DIGITS.get(currency, _UNLISTED_DIGITS)
    return Notation(_SIGNS.get(currency, f"{currency} "), group, point, digits)


def format_money(amount: int, currency: str) -> str:
    """`amount` minor units of `currency` as everybody reads it, everywhere: Rp750.000, $12.50, KWD 12.500."""
    how = notation(currency)
    whole, rest = divmod(abs(amount), 10**how.digits)
    text = f"{whole:,}".replace(",", how.group) + (f"{how.point}{rest:0{how.digits}}" if how.digits else "")
    return f"{'-' if amount < 0 else ''}{how.sign}{text}"
