"""Money is a whole number of minor units of an ISO 4217 currency; this is the one place that writes it for people."""

# The platform counts rupiah without minor units (contracts/README.md), although ISO 4217 lists two.
_WITHOUT_MINOR_UNITS = frozenset({"CLP", "IDR", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"})
_WITH_THREE_DIGITS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
_SYMBOLS = {"EUR": "€", "GBP": "£", "IDR": "Rp", "JPY": "¥", "USD": "$"}


def minor_digits(currency: str) -> int:
    """How many decimal places the minor units of a currency make."""
    if currency in _WITHOUT_MINOR_UNITS:
        return 0
    return 3 if currency in _WITH_THREE_DIGITS else 2


def format_money(amount: int, currency: str) -> str:
    """`amount` minor units as people write them: Rp750.000, $1,234.50, SGD 80.00."""
    digits = minor_digits(currency)
    whole, rest = divmod(abs(amount), 10**digits)
    text = f"{whole:,}" + (f".{rest:0{digits}}" if digits else "")
    if currency == "IDR":
        text = text.replace(",", ".")
    sign = "-" if amount < 0 else ""
    return f"{sign}{_SYMBOLS.get(currency, currency + ' ')}{text}"
