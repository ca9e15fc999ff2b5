"""A stretch of months that a reader looks at: read from an address, cut into bars, zoomed and moved."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from app.facts import Date

_WRITTEN: Final = re.compile(r"\s*(\d{4})(?:-(0[1-9]|1[0-2]))?\s*", re.ASCII)
_YEAR: Final = 12
_DECADE: Final = 120
# A bar is a month up to three years, a year up to sixty, else a decade: at most sixty-one bars.
_MOST_MONTHS: Final = 3 * _YEAR
_MOST_YEARS: Final = 60 * _YEAR


@dataclass(frozen=True)
class Period:
    """Months from ``first`` to ``last``, both within; a month is numbered year * 12 + month - 1."""

    first: int
    last: int

    @classmethod
    def of_years(cls, first: int, last: int) -> Period:
        """Return the whole years from ``first`` to ``last``."""
        return cls(first * _YEAR, last * _YEAR + _YEAR - 1)

    def __len__(self) -> int:
        return self.last - self.first + 1

    def __contains__(self, date: Date) -> bool:
        return date.year is not None and self.first <= month_number(date) <= self.last

    @property
    def unit(self) -> int:
        """The months of a bar: 1, 12 or 120."""
        return 1 if len(self) <= _MOST_MONTHS else _YEAR if len(self) <= _MOST_YEARS else _DECADE

    @property
    def start(self) -> str:
        """The first month as it stands in an address: "1920" where a year begins, else "1920-05"."""
        return _address(self.first, is_year=self.first % _YEAR == 0)

    @property
    def end(self) -> str:
        """The last month as it stands in an address: "1920" where a year ends, else "1920-05"."""
        return _address(self.last, is_year=self.last % _YEAR == _YEAR - 1)

    @property
    def whole_years(self) -> Period:
        """The years that the period touches."""
        return self._outward(_YEAR)

    def bars(self) -> list[Period]:
        """Return the periods of the bars to be shown; for less than a year those of its whole years."""
        shown = self.whole_years if len(self) < _YEAR else self._outward(self.unit)
        return [Period(at, at + self.unit - 1) for at in range(shown.first, shown.last + 1, self.unit)]

    def zoomed_in(self, centre: int) -> Period:
        """Return about half the period, around a month of it as far as it allows."""
        size = max(1, len(self) // 2)
        first = min(max(self.first, centre - size // 2), self.last - size + 1)
        return Period(first, first + size - 1)._tidy(self)

    def zoomed_out(self, bounds: Period) -> Period:
        """Return twice the period, less than a year to its whole years, within ``bounds``."""
        if len(self) < _YEAR:
            return self.whole_years._within(bounds)
        more = (len(self) + 1) // 2
        return Period(self.first - more, self.last + more)._tidy(bounds)

    def moved(self, steps: int, bounds: Period) -> Period:
        """Return a period of the same length half a length later (1) or earlier (-1), within ``bounds``."""
        by = steps * max(1, len(self) // 2 // self.unit * self.unit)
        by = max(min(by, bounds.last - self.last), bounds.first - self.first)
        return Period(self.first + by, self.last + by)

    def _tidy(self, bounds: Period) -> Period:
        tidy = self._outward(self.unit) if self.unit > 1 else self
        # Rounded to whole years it may have become one of decades.
        return tidy._outward(tidy.unit)._within(bounds) if tidy.unit > self.unit else tidy._within(bounds)

    def _outward(self, unit: int) -> Period:
        return Period(self.first // unit * unit, self.last // unit * unit + unit - 1)

    def _within(self, bounds: Period) -> Period:
        return Period(max(self.first, bounds.first), min(self.last, bounds.last))


def parse_period(start: str, end: str, bounds: Period, default: Period) -> Period:
    """Read "1920" and "1921-05" as a period within ``bounds``; anything amiss gives ``default``.

    What is not given is that of ``bounds``, and the two are put in order. More than three years are
    rounded to whole years.
    """
    if not start.strip() and not end.strip():
        return default
    first = _month(start, 0) if start.strip() else bounds.first
    last = _month(end, _YEAR - 1) if end.strip() else bounds.last
    if first is None or last is None:
        return default
    if first > last:
        # "1925" to "1920" means the whole of both years.
        first, last = _month(end, 0) or bounds.first, _month(start, _YEAR - 1) or bounds.last
    if first > bounds.last or last < bounds.first or first > last:
        return default
    return Period(first, last)._tidy(bounds)


def month_number(date: Date) -> int:
    """Return the number of the month of a date, which must have a year."""
    assert date.year is not None
    return date.year * _YEAR + date.month - 1


def _month(written: str, missing: int) -> int | None:
    match = _WRITTEN.fullmatch(written)
    if match is None:
        return None
    return int(match[1]) * _YEAR + (int(match[2]) - 1 if match[2] else missing)


def _address(month: int, *, is_year: bool) -> str:
    return f"{month // _YEAR:04d}" + ("" if is_year else f"-{month % _YEAR + 1:02d}")
