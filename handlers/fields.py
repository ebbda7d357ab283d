"""Text in, clean value out, or `Invalid` with a hint that helps.

Everything goes through NFKC first and then a strict pattern (T21): full-width digits become digits, a look-alike of
another script is refused with a sentence that says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber
from stdnum.cn import ric
from stdnum.exceptions import InvalidChecksum, ValidationError

from knowledge import divisions

_HAN = r"\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_NAME = re.compile(rf"[{_HAN}]{{2,20}}(?:·[{_HAN}]{{1,20}})*|[A-Za-z][A-Za-z .'-]{{1,48}}[A-Za-z.]")
_DIALLED = re.compile(r"\+?[0-9(][0-9() .-]{2,20}(?:(?:转|ext\.?|x|#)[0-9]{1,6})?", re.IGNORECASE)
_IDENTITY = re.compile(r"[1-9][0-9]{16}[0-9X]")
_STREET = re.compile(r"\d|[一二三四五六七八九十百]号|路|街|道|巷|弄|胡同|村|镇|乡|大厦|大楼|广场|小区|园|院|馆|厂|校")
_STRONG = (
    r"公司|集团|中心|银行|大学|学院|中学|小学|学校|法院|检察院|医院|研究院|研究所|事务所|档案室|委员会|政府|办事处|"
    r".{2,}(?:局|厅|馆)"
)
_WEAK = r"部|处|所|站|院|厂|社|会|队|团|科|委|办|店|校|区|府|室|园|场"
_ORGANISATION = re.compile(rf".*(?:{_STRONG})|.{{3,}}(?:{_WEAK})")
_HOME = re.compile(r"家里|家庭|我家|自己家|老家|本人|自己|父母|爸|妈|父亲|母亲|亲戚|同学|朋友|宿舍|出租屋")
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田"
    "任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞"
    "章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植"
)


class Invalid(ValueError):
    """The value does not fit; `hint` says why and what would, in words for the person."""

    def __init__(self, hint: str) -> None:
        super().__init__(hint)
        self.hint = hint


class Declined(Invalid):
    """It may not be at all: nothing else that was said along with it is taken either."""


def plain(text: str) -> str:
    """NFKC, without invisible characters (direction marks, zero width), runs of blanks made one."""
    return tidy(unicodedata.normalize("NFKC", text))


def tidy(text: str) -> str:
    """The person's own words and marks: only without invisible characters and with runs of blanks made one."""
    visible = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    return " ".join(visible.split())


def folded(text: str) -> str:
    """The text to look things up in, sign by sign: what stands at a place there stands at the same place here."""
    return "".join(wide if len(wide := unicodedata.normalize("NFKC", sign)) == 1 else sign for sign in text)


def name(text: str) -> str:
    """A person's name, 2 to 20 characters; rare characters are fine. Raises `Invalid`."""
    value = re.sub(r"\s*[·•・‧∙]\s*", "·", plain(text))
    value = value if re.search("[A-Za-z]", value) else value.replace(" ", "")
    if not _NAME.fullmatch(value):
        raise Invalid("这看起来不像姓名。请写真实姓名，如“王小川”，少数民族姓名中间可用“·”。")
    return value


def contact(text: str) -> str:
    """A recipient: a person ('王老师') or a department ('档案科'). Raises `Invalid`."""
    value = re.sub(r"[(（]?(?:亲?收|启)[)）]?$", "", plain(text)).strip(" ,，、:：")
    if not 2 <= len(value) <= 40 or not re.search(rf"[{_HAN}A-Za-z]", value):
        raise Invalid("请写收件人或部门，如“王老师”或“档案科”。")
    if re.search(r"\d{6,}", value):
        raise Invalid("这里只写收件人或部门，不用写号码，如“王老师”“档案科”。")
    return value


def organisation(text: str) -> str:
    """The full name of an organisation. Raises `Invalid`."""
    value = plain(text).strip("。.,，、:： ")
    if len(value) < 4 or len(value) > 60:
        raise Invalid("请写单位全称（4 到 60 个字），如“××市××区公共就业和人才服务中心”。")
    if not is_organisation(value):
        raise Invalid("没看出这是哪个单位。请写全称，如“××市××区人才服务中心”或“××有限公司”。")
    return value


def is_organisation(text: str) -> bool:
    """Whether this reads as the name of an organisation."""
    return bool(_ORGANISATION.fullmatch(re.sub(r"[(（][^)）]*[)）]$", "", plain(text))))


def is_person(text: str) -> bool:
    """Whether this reads as a person or somebody's home, not an organisation."""
    value = plain(text).replace(" ", "")
    if is_organisation(value) and not re.match(r"我家|本人|自己|家里", value):
        return False
    titled = re.fullmatch(rf"[{_HAN}]{{1,3}}(?:先生|女士|同学)", value)
    named = re.fullmatch(rf"[{_SURNAMES}][{_HAN}]{{1,2}}", value)
    return bool(titled or named or _HOME.search(value))


def phone(text: str) -> str:
    """A Chinese mobile, landline (with area code) or 400 number, or one abroad with its +; normalised.

    '13900000001', '010-88888888', '010-88888888 转 801', '400-800-0000', '+852 2123 4567'. Raises `Invalid`.
    """
    value = plain(text).strip("。,，;； ")
    value = re.sub(r"^(?:手机|电话|座机|联系电话|号码)[号码:： ]*", "", value).replace("—", "-").replace("–", "-")
    if not _DIALLED.fullmatch(value.replace(" 转 ", "转").replace(" 转", "转").replace("转 ", "转")):
        raise Invalid("没看出电话号码。手机写 11 位数字，座机带区号，如 010-88888888；一次写一个号码。")
    return _dialled(value)


def _dialled(value: str) -> str:
    main, _, extension = re.sub(r"\s*(?:转|ext\.?|x|#)\s*", "转", value, flags=re.IGNORECASE).partition("转")
    digits = re.sub(r"\D", "", main)
    service = re.fullmatch(r"([48]00)(\d{3})(\d{4})", digits)
    if service:
        return "-".join(service.groups())
    try:
        number = phonenumbers.parse(main, "CN")
    except NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise Invalid(_why_no_phone(digits))
    return _spelled(number) + (f" 转 {extension}" if extension else "")


def _spelled(number: PhoneNumber) -> str:
    if number.country_code != 86:
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    national = phonenumbers.national_significant_number(number)
    if len(national) == 11 and national.startswith("1"):
        return national
    area = 2 if national.startswith(("10", "2")) else 3
    return f"0{national[:area]}-{national[area:]}"


def _why_no_phone(digits: str) -> str:
    if digits.startswith("1") and len(digits) != 11:
        return f"手机号是 11 位，这里有 {len(digits)} 位，请再看一下。"
    if len(digits) in (7, 8):
        return "座机请带上区号，如 010-88888888。"
    return "这个号码好像不存在，请核对。手机写 11 位数字，座机带区号。"


def postcode(text: str) -> str:
    """A Chinese postcode: six digits of a range that is in use. Raises `Invalid`."""
    value = re.sub(r"^邮(?:政编码|编)[:：是 ]*", "", plain(text)).replace(" ", "").strip("。.")
    if not re.fullmatch(r"[0-9]{6}", value):
        raise Invalid("邮编是 6 位数字，如 400000；不清楚可以说“跳过”。")
    if value != "999077" and divisions.province_of_postcode(value) is None:
        raise Invalid("没有以这两位开头的邮编，请核对；不清楚可以说“跳过”。")
    return value


def region(text: str) -> str:
    """Province, city and county ('四川省 成都市 武侯区'). Asks rather than guesses. Raises `Invalid`."""
    readings = divisions.locate(plain(text))
    if not readings:
        raise Invalid("没认出地区。请从省或市写起，如“四川省成都市武侯区”。")
    if len(readings) > 1:
        named = "、".join(str(r.region).replace(" ", "") for r in readings[:4])
        raise Invalid(f"有好几个同名的地方：{named}。请带上省和市再写一次。")
    if not readings[0].complete:
        known = str(readings[0].region).replace(" ", "")
        raise Invalid(f"认出了“{known}”，还差{'区或县' if readings[0].region.city else '市和区县'}，请写完整。")
    return str(readings[0].region)


def street(text: str) -> str:
    """Street and number, or village, or building: the part after the county. Raises `Invalid`."""
    value = plain(text).strip("。,，、 ")
    if not 3 <= len(value) <= 120 or not _STREET.search(value):
        raise Invalid("请写到街道和门牌号，如“人民南路 1 号政务中心 3 楼”。")
    return value


def identity(text: str) -> str:
    """An 18-digit identity number with its check digit. Raises `Invalid`."""
    value = plain(text).replace(" ", "").replace("-", "").upper()
    value = re.sub(r"^身份证(?:号码?)?[:：]?", "", value)
    if not _IDENTITY.fullmatch(value):
        raise Invalid(_why_no_identity(value))
    try:
        ric.validate(value)
        born = ric.get_birth_date(value)
    except InvalidChecksum:
        raise Invalid("最后一位校验不对，多半是某一位抄错了，请对照证件再看一遍。") from None
    except ValidationError:
        raise Invalid("这个号码里的地区或出生日期不对，请对照证件再看一遍。") from None
    if born.year < 1900:
        raise Invalid("这个号码里的出生日期不对，请对照证件再看一遍。")
    return value


def _why_no_identity(value: str) -> str:
    if re.fullmatch(r"[0-9]{15}", value):
        return "这是旧的 15 位号码，请写第二代身份证上的 18 位号码。"
    if re.fullmatch(r"[0-9]{17}\D", value):
        return "最后一位请用数字或英文字母 X。"
    if value.isascii() and value.isalnum():
        return f"身份证号是 18 位，这里有 {len(value)} 位，请再看一下。"
    return "身份证号是 18 位数字，最后一位可能是字母 X，请再写一次。"


def mask_identity(value: str) -> str:
    """First three and last four characters, the rest hidden."""
    return value[:3] + "*" * max(0, len(value) - 7) + value[-4:] if len(value) > 7 else "*" * len(value)


def mask_street(value: str) -> str:
    """The street's beginning; house numbers hidden."""
    return re.sub(r"\d", "*", value)


def adult_on(number: str, day: date) -> bool:
    """Whether the bearer of an identity number is 18 on that day (a proxy has to be)."""
    born: date = ric.get_birth_date(number)
    return (day.year - born.year, (day.month, day.day)) >= (18, (born.month, born.day))


def free_text(label: str, least: int = 2, most: int = 200) -> Callable[[str], str]:
    """A field of a few words. What it gives raises `Invalid`."""

    def clean(text: str) -> str:
        value = tidy(text)
        if not least <= len(value) <= most:
            raise Invalid(f"{label}请写 {least} 到 {most} 个字。")
        return value

    return clean


def choice(options: tuple[str, ...], *, many: bool = False) -> Callable[[str], str]:
    """One of the options (several, joined by '、', where `many`): by number, name or a part of it that is clear."""

    def clean(text: str) -> str:
        parts = re.split(r"[、,，;；/+和及与\s]+", plain(text)) if many else [plain(text)]
        picked = {index for part in parts if part for index in [_picked(part, options)]}
        if not picked:
            raise Invalid(_choices_hint(options))
        return "、".join(options[index] for index in sorted(picked))

    return clean


def _picked(part: str, options: tuple[str, ...]) -> int:
    if re.fullmatch(r"[0-9]{1,2}", part) and 1 <= int(part) <= len(options):
        return int(part) - 1
    if part in options:
        return options.index(part)
    found = [index for index, option in enumerate(options) if len(part) > 1 and part in option]
    if len(found) != 1:
        raise Invalid(_choices_hint(options))
    return found[0]


def _choices_hint(options: tuple[str, ...]) -> str:
    return "请回复编号：" + "；".join(f"{index} {option}" for index, option in enumerate(options, 1)) + "。"
