"""China's provinces, cities and counties: reads the beginning of an address, and does not guess.

The names come from the table that python-stdnum ships for identity numbers (GB/T 2260 with its history), so there
is no second copy to keep. `locate` gives every reading that fits; more than one means: ask the person.

The table is never quite up to date: it lacks districts of the last years, and people write names that were merged
away. Below a province or city that is named, what looks like a county ('渝北区', '临平区') is therefore taken as it is
written, and `is_listed` tells that the person should look at it once more.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_LINE = re.compile(r'\s*(\d+) \w+="(.*)"')
_PAST = re.compile(r"\[\d*-\d+\]")
_STILL_SAID = re.compile(r"\[\d*-202\d\]([^,]+)$")
"""Counties that ended in these years: they stand on every sign and in every address still."""
_SINCE = re.compile(r"\[\d*-\]")
_NO_CITY = re.compile(r"市辖区|县|林区|.*直辖县级行政单位")
"""Rows that stand where a city would, but name none: those counties belong to the province directly."""
_CITY_END = re.compile(r"(?:市|地区|盟)$")
_PEOPLES = re.compile(
    r"(?:(?:土家|苗|藏|羌|彝|布依|侗|哈尼|傣|白|景颇|傈僳|回|蒙古|哈萨克|柯尔克孜|朝鲜|壮)族?|哈萨克|柯尔克孜|蒙古)+自治州$"
)
_PROVINCE_END = re.compile(r"(?:省|市|特别行政区|(?:壮族|回族|维吾尔)?自治区)$")
_ZONE = re.compile(
    r"(?:(?![路街道号])[\u4e00-\u9fff]){0,8}?(?:工业园区|高新技术产业开发区|经济技术开发区|开发区|高新区|经开区|新区|示范区|管理区)"
)
"""Zones that people write where a county stands although they are none."""
_PLAUSIBLE = re.compile(
    r"(?!(?:[主老旧]|中心)?城区)(?:(?![市区县州路街道号巷村镇乡弄院校楼局厅处])[\u4e00-\u9fff]){1,5}?"
    r"(?:(?<![小社校园片景厂辖地灾])区(?![域间块内外号])|(?:自治)?县(?![级城道])|(?:自治)?旗"
    r"|(?<![城都超门])市(?![场政民区中内外郊]))"
)
"""What looks like a county, though no table lists it."""
_PLAUSIBLE_CITY = re.compile(
    r"((?:(?![市区县路街道号巷村镇乡])[\u4e00-\u9fff]){1,12}?(?<![城都])(?:市|地区|州|盟))(?=.)"
)
"""What looks like a city, where a plausible county follows."""
_STREET = re.compile(r"[东西南北中大新老一二三四五六七八九十]{0,2}(?:路|街|道|巷|弄|桥|胡同|大厦|大学|学院|银行|公司)")
_SKIPPED = " ,，、·-"
_POSTCODES = (
    "01-02 内蒙古自治区|03-04 山西省|05-07 河北省|10 北京市|11-12 辽宁省|13 吉林省|15-16 黑龙江省|20 上海市|"
    "21-22 江苏省|23-24 安徽省|25-27 山东省|30 天津市|31-32 浙江省|33-34 江西省|35-36 福建省|40 重庆市|"
    "41-42 湖南省|43-44 湖北省|45-47 河南省|51-52 广东省|53-54 广西壮族自治区|55-56 贵州省|57 海南省|61-64 四川省|"
    "65-67 云南省|71-72 陕西省|73-74 甘肃省|75 宁夏回族自治区|81 青海省|83-84 新疆维吾尔自治区|85-86 西藏自治区"
)
"""The first two digits of postcodes, by province."""


@dataclass(frozen=True, slots=True)
class Region:
    """A place down to its county ('' where it has none). `city` is '' for counties directly under a province."""

    province: str
    city: str
    county: str

    def __str__(self) -> str:
        """'四川省 成都市 武侯区'; a municipality is named once."""
        parts = (self.province, self.city if self.city != self.province else "", self.county)
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read the beginning of a text: the region, and what is left of the text."""

    region: Region
    rest: str
    complete: bool
    """False: a city with counties was named, but none of them."""
    listed: bool = True
    """False: the county is taken as it was written; no table knows it."""


def locate(text: str) -> list[Reading]:
    """Every reading of the region at the start of `text` that is as good as the best; [] where there is none."""
    plain = unicodedata.normalize("NFKC", text).strip(_SKIPPED)
    readings = [*_from_province(plain), *_from_city(plain), *_from_county(plain)]
    if not readings:
        return []
    best = max(_worth(plain, reading) for reading in readings)
    found = {reading.region: reading for reading in readings if _worth(plain, reading) == best}
    return list(found.values())


def split(region: str) -> Region:
    """The parts of `str(Region)`: what was stored, for a table with three columns."""
    parts = region.split()
    province = parts[0] if parts else ""
    if province in _municipalities():
        return Region(province, province, "".join(parts[1:]))
    if len(parts) == 2 and not any(parts[1] == city for city in _tree().get(province, {})):
        return Region(province, "", parts[1])
    return Region(province, parts[1] if len(parts) > 1 else "", "".join(parts[2:]))


def province_of_postcode(code: str) -> str | None:
    """The province whose postcodes begin like this one, or None: no such range is known."""
    for entry in _POSTCODES.split("|"):
        span, _, province = entry.partition(" ")
        first, _, last = span.partition("-")
        if first <= code[:2] <= (last or first):
            return province
    return None


def is_listed(region: str) -> bool:
    """Whether the county of `str(Region)` stands in the table (or there is none): False asks for a second look."""
    parts = split(region)
    counties = _tree().get(parts.province, {}).get(parts.city, ())
    return not parts.county or parts.county in counties or bool(_ZONE.fullmatch(parts.county))


def _worth(text: str, reading: Reading) -> tuple[bool, bool, int, int, int]:
    """A complete reading beats one without county, a known county a plausible one, and that one is best below a
    known city; then the one that explains more of the text."""
    city = reading.region.city
    above = 2 if city in _tree()[reading.region.province] and (city or reading.listed) else int(bool(city))
    named = reading.region.county in text or not reading.region.county
    return reading.complete, reading.listed, above, len(text) - len(reading.rest), int(named)


def _from_province(text: str) -> Iterator[Reading]:
    for province, cities in _tree().items():
        rest = _after(text, province, short=_short_province(province))
        if rest is None:
            continue
        yield Reading(Region(province, province if province in cities else "", ""), rest, not cities)
        if province in _municipalities():
            again = _after(rest, province, "市辖区")
            rest = rest if again is None else again
        for city, counties in cities.items():
            yield from _below(Region(province, city, ""), counties, rest)
        if province not in cities:
            yield from _unlisted_city(province, rest)
            yield from _plausible(Region(province, "", ""), rest)


def _unlisted_city(province: str, text: str) -> Iterator[Reading]:
    """A city by a name of former days ('襄樊市襄城区')."""
    city = _PLAUSIBLE_CITY.match(text)
    if city:
        yield from _plausible(Region(province, city[1], ""), text[city.end() :])


def _plausible(region: Region, text: str) -> Iterator[Reading]:
    """What stands where a county does and looks like one."""
    county = _PLAUSIBLE.match(text) or (None if region.city else _ZONE.match(text))
    if county:
        rest = text[county.end() :].lstrip(_SKIPPED)
        listed = _ZONE.fullmatch(county.group()) is not None
        yield Reading(Region(region.province, region.city, county.group()), rest, True, listed)


def _below(region: Region, counties: tuple[str, ...], text: str) -> Iterator[Reading]:
    """What stands after the province: the city and its county, or the county alone."""
    after_city = _after_city(text, region.city) if region.city != region.province else text
    if after_city is not None:
        yield from _counties(region, counties, after_city)
    for county in counties:
        rest = _after(text, county)
        if rest is not None:
            yield Reading(Region(region.province, region.city, county), rest, True)


def _from_city(text: str) -> Iterator[Reading]:
    for province, cities in _tree().items():
        for city, counties in cities.items():
            rest = _after_city(text, city) if city != province else None
            if rest is not None:
                yield from _counties(Region(province, city, ""), counties, rest)


def _from_county(text: str) -> Iterator[Reading]:
    """A county in full names its city and province, where there is only one of that name in the country."""
    for end in range(2, min(len(text), 15) + 1):
        for province, city in _homes().get(text[:end], ()):
            yield Reading(Region(province, city, text[:end]), text[end:].lstrip(_SKIPPED), True)


def _counties(region: Region, counties: tuple[str, ...], text: str) -> Iterator[Reading]:
    for county in counties:
        rest = _after(text, county)
        if rest is not None:
            yield Reading(Region(region.province, region.city, county), rest, True)
    zone = _ZONE.match(text)
    if zone and region.city:
        yield Reading(Region(region.province, region.city, zone.group()), text[zone.end() :].lstrip(_SKIPPED), True)
    if region.city and counties:
        yield from _plausible(region, text)
    if region.city:
        yield Reading(region, text, not counties)


def _after(text: str, *names: str, short: str = "") -> str | None:
    """The text after the first of these names that it begins with; None: with none of them.

    A short name counts unless it is part of a street's or an organisation's ('中山路', '南京东路', '重庆大学').
    """
    name = next((name for name in names if name and text.startswith(name)), None)
    if name is None and short and text.startswith(short) and not _STREET.match(text, len(short)):
        name = short
    return None if name is None else text[len(name) :].lstrip(_SKIPPED)


def _after_city(text: str, city: str) -> str | None:
    """Like `_after`, for a city in full or as people say it ('成都', '大理州')."""
    short = _short_city(city)
    return _after(text, city, f"{short}州" if short and city.endswith("州") else "", short=short) if city else None


def _short_province(name: str) -> str:
    return _PROVINCE_END.sub("", name)


def _short_city(name: str) -> str:
    """'成都', '甘孜', '延边'; '' where only one character would be left."""
    short = (_PEOPLES if name.endswith("自治州") else _CITY_END).sub("", name)
    return short if len(short) > 1 else ""


@cache
def _municipalities() -> frozenset[str]:
    return frozenset(province for province, cities in _tree().items() if province in cities)


@cache
def _homes() -> dict[str, list[tuple[str, str]]]:
    """County in full → where counties of that name are."""
    homes: dict[str, list[tuple[str, str]]] = {}
    for province, cities in _tree().items():
        for city, counties in cities.items():
            for county in counties:
                homes.setdefault(county, []).append((province, city))
    return homes


@cache
def _tree() -> dict[str, dict[str, tuple[str, ...]]]:
    """Province → city → counties, as they are today; under '' the counties that have no city above them."""
    rows = dict(_rows())
    tree: dict[str, dict[str, list[str]]] = {}
    for code, name in rows.items():
        cities = tree.setdefault(rows[code[:2] + "0000"], {})
        if len(code) == 6 and not code.endswith("0000"):
            counties = cities.setdefault(_city_of(rows, code), [])
            if not code.endswith("00"):
                counties.append(name)
    return {province: {city: _today(cities, city) for city in cities} for province, cities in tree.items()}


def _today(cities: dict[str, list[str]], city: str) -> tuple[str, ...]:
    """The counties of a city, each once; a county that has become a city is one no more."""
    return tuple(dict.fromkeys(name for name in cities[city] if city or name not in cities))


def _city_of(rows: dict[str, str], code: str) -> str:
    name = rows.get(code[:4] + "00", "")
    if not _NO_CITY.fullmatch(name):
        return name
    province = rows[code[:2] + "0000"]
    return province if province.endswith("市") else ""


def _rows() -> Iterator[tuple[str, str]]:
    """Code (2 digits: province, 6: the rest) and the name it has today; codes of the past are left out."""
    province = ""
    for line in (files("stdnum.cn") / "loc.dat").read_text(encoding="utf-8").splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        code, names = found.groups()
        province = province if line[0] == " " else code
        if name := _present(names):
            yield (code if line[0] != " " else province + code), name


def _present(names: str) -> str:
    """The name of today in '[-2009]襄樊市,[2010-]襄阳市'; '' for what is past."""
    today = [name for name in names.split(",") if not _PAST.match(name)]
    still_said = _STILL_SAID.search(names)
    return _SINCE.sub("", today[-1]) if today else still_said[1] if still_said else ""
