"""Numbers with their units, as short as they can be read."""

from __future__ import annotations

NOTHING = "-"
TIMES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
BINARY = ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1, "B"))
DECIMAL = ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))


def digits(value: float) -> str:
    """Three digits, and never an exponent."""
    if value == 0:
        return "0"
    if abs(value) >= 99.95:
        return f"{value:,.0f}"
    places = 2 if abs(value) < 9.995 else 1
    return f"{value:.{places}f}" if abs(value) >= 0.0995 else f"{value:.3g}"


def seconds(value: float | None) -> str:
    """A time: 1.23 ms."""
    if value is None:
        return NOTHING
    unit, name = next((each for each in TIMES if value >= each[0] * 0.9995), TIMES[-1])
    return f"{digits(value / unit)} {name}"


def size(value: float | None) -> str:
    """Bytes: 4.00 MiB."""
    if value is None:
        return NOTHING
    unit, name = next((each for each in BINARY if value >= each[0] * 0.9995), BINARY[-1])
    return f"{value / unit:.0f} B" if name == "B" else f"{digits(value / unit)} {name}"


def rate(value: float | None, unit: str) -> str:
    """So many per second, in powers of 1000: 12.3 GB/s."""
    if value is None:
        return NOTHING
    scale, name = next((each for each in DECIMAL if value >= each[0] * 0.9995), DECIMAL[-1])
    return f"{digits(value / scale)} {name}{unit}"


def percent(value: float | None) -> str:
    """A share: 87 %."""
    if value is None:
        return NOTHING
    return f"{value * 100:.0f} %" if value >= 0.0995 else f"{value * 100:.2g} %"


def factor(value: float | None) -> str:
    """A ratio: 2.40 x."""
    return NOTHING if value is None else f"{digits(value)} x"


def count(value: int | None) -> str:
    """A number of things."""
    return NOTHING if value is None else f"{value:,}"


def listed(names: list[str], joint: str = "and") -> str:
    """Names as a sentence has them: a, b and c."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {joint} {names[-1]}" if names else ""
