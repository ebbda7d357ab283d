"""Who a sentence says has to do it: the subject of the clause with the time, as Chinese office prose puts it.

A role noun is a subject where it begins a clause or stands before a modal or a preposition ('毕业生须于…'), behind 由
('由导师填写') or behind a causative ('组织各学院打印'); behind 向, 交, 报, 对 and the like it is an object. Where a
clause has no subject the one before it goes on, and where none has one the verb tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

STUDENT, COUNSELOR, TEACHER, COLLEGE, DEPARTMENT = "student", "counselor", "teacher", "college", "department"
CLASS = "class"
"""Whoever acts for a class: its monitor, its study or league secretary."""
_NAME = r"(?:(?![在到报交与向由经至前后的和及将把于应须请各为是以内对被日月全本按从送发给找我])[\u4e00-\u9fff])"
OFFICE = (
    rf"(?:(?:后勤与?{_NAME}{{0,8}}?|(?:招生与)?{_NAME}{{1,8}}?)(?:办公室|(?<!活动)中心|集团|图书馆|档案馆|档案室|户籍室|校医院|工作部|(?<![此何到好住用各原])处(?![理分置境]|于(?!\s*\d))"
    rf"|(?<![学本专理文工医])科(?![技学研目]))|{_NAME}{{2,6}}(?<![支全内外干])部(?![分门长])|图书馆|档案馆|档案室|校医院|研究生院|校?团委"
    rf"|{_NAME}{{0,6}}?(?:信息|就业|学工|资助|教务|教学|党|校|招生|综合|离校|培养|网信|计财|户籍|学生|宿管|公寓|后勤|组织|人事)办(?![理事公法好学完妥结手]))"
)
_ONLY_A_PLACE = (
    r"(?!(?:的?最[新终后])?(?:通知|公告)|官?网|公众号"
    r"|[门楼]?前(?:面|广场|集合|合影|草坪|台阶)|门口|广场|报告厅|[东南西北][门侧广])"
)
_OFFICE_NAMED = re.compile(
    rf"(?:(?<![\u4e00-\u9fff]){OFFICE}|(?<=[到报交与向由经至送发给去找赴]){OFFICE}|(?<=[本在]学院){OFFICE}|(?<=以)校办){_ONLY_A_PLACE}"
)
_IS_OFFICE = re.compile(
    r"[\u4e00-\u9fff（）()]{2,30}(?:[处部室馆科办]|中心|校友会|基金会|集团|研究生院|委|委员会|院办)"
)
_TAKEN_BY = re.compile(
    rf"(?:[交送报告还](?:送|给|到|至|知|由|还|回)*|向|上报|报到|经|(?<!请)联系)(?:所在校区|所在|本|各|各自)*(?P<who>{OFFICE}"
    r"|(?:二级)?(?:学院|系|院系|班级)?(?:辅导员|班主任|班长|(?:各班)?学委|(?:学生)?党支部(?:书记)?|团支部(?:书记)?|教学秘书|资料室|(?:宿管|楼管)(?:阿姨|员|老师)?)"
    r"|(?:论文|实习|毕业设计)?(?:指导|带教|任课)(?:教师|老师)|导师"
    rf"|(?<=[交送报还到给至回区])(?!到校){_NAME}{{0,6}}(?:管理员|值班员|负责人|秘书|系主任|主任|专干|干事|值班室|服务台|办公室|器材室|农场|武装部)"
    r"|(?:二级)?学院|系办公室)(?!的|[校长])"
)
_GIVEN_BY = re.compile(
    rf"由(?:各|所在|本)*(?P<by>{OFFICE}|(?:二级)?学院|系|[\u4e00-\u9fff]{{2,4}}会)[^，。；]{{0,16}}?(?:统一)?发[放给]"
)
_FIRM_SIGN = re.compile(r"公司|银行|邮局|照相馆|驿站")
_FIRM = re.compile(rf"(?:由|有|联系|委托)(?P<firm>{_NAME}{{2,8}}(?:公司|银行|邮局|照相馆|驿站))")
_FIRM_THERE = re.compile(rf"(?P<firm>{_NAME}{{2,8}}公司)(?=[^，。；]{{0,12}}(?:设点|驻点|上门))")
_COUNTER = re.compile(
    r"(?:到|在|前往|赴)(?P<where>学生会|研究生会|(?!线|网|校|学校|本人|系统)(?:(?!系统|平台|公众号|网)[\u4e00-\u9fff]){2,12}?(?:\d{2,4}室?|室|台|厅|站|窗口|大厅))"
    r"(?:统一|集中|当面)?(?:领取|领|办理|签订|签|补缴|缴纳|归还|备案|提交|更换|开具|盖章|托运)"
)
_NOT_A_PERSON = (
    r"(?!登记|的?档案|的?信息|照片|就业|工作|处|部|会|资助|的?学费|证|党员组织|的?组织关系|名单|院|管理|联合|的?活动|中心|事务"
    r"|社区|住宿|公寓|宿舍|离校(?:工作|系统|手续|教育)|毕业(?!离)|图像|数据|学籍|成绩|去向|鉴定|手册|座谈|主题|专题|思想|所在|生活|家长|家庭|个人|名册|情况|大会|签约|群体|教育|服务|的?材料|党支部|代表|(?:毕业)?(?:离校|返校)(?:期间|之?后|之?前|之际))"
)
_ROLES = (
    (
        CLASS,
        r"(?:各班|本班|每班|毕业班)?(?:班长|学委|学习委员|生活委员|团支书|班委(?!会)|班干部)|(?:各|毕业班)?团支部(?:书记)?"
        r"|各(?:毕业)?班(?:级)?(?=[于须应在将请要以把从自\d]|统一|务必|负责|收齐|组织)",
    ),
    (COUNSELOR, r"(?:各?(?:二级)?(?:学院|系))?(?:毕业班)?(?:专职)?辅导员|班主任"),
    (
        TEACHER,
        r"(?:校[内外]|企业)?(?:实习|论文|毕业设计|设计)?(?:指导|带教)(?:教师|老师)|任课(?:教师|老师)|(?<![指引])导师(?!组)",
    ),
    (
        COLLEGE,
        r"(?:二级|各)?学院(?:（[^）]*）)?(?:教学秘书|联络员|党委|党总支|负责人|领导)?(?!组织部|(?:毕业班)?(?:辅导员|班主任|毕业生|学生|团委))|教学秘书|各?院系|培养单位|学习中心|教学部"
        r"|(?<!教师)党总支|(?<!组织)(?:学生)?党支部(?:书记)?|(?<![团党])支部(?:书记)?|各(?:有关|教学)?单位|(?:各)?专业负责人|各系(?!部?(?:毕业班)?(?:辅导员|班主任|毕业生|学生|团委))|联络员",
    ),
    (
        STUDENT,
        rf"(?:毕业生|学生|同学|研究生(?!院|工作|管理)|本科生){_NOT_A_PERSON}|(?<!共青)团员{_NOT_A_PERSON}|(?<!组织)党员(?!组织|大会|发展|培养|材料|档案|关系|信息|名单|登记表|证明)"
        r"|(?<!基)本人|委托人|借阅人|申请人|参加人员|(?<=[\u4e00-\u9fff]的)人员",
    ),
    (
        DEPARTMENT,
        rf"各部门|校友(?:总)?会|教育基金会|(?:有关|相关)部门|总部|(?:学校|我校|全校)(?!档案|图书|[\u4e00-\u9fff]{{0,4}}[处部馆])|(?:离校|管理|学工|门禁)?系统(?=将|于|自|对|关闭|开放(?!时间)|开通|[\d月])|{OFFICE}",
    ),
)
_ROLE = re.compile("|".join(f"(?P<{role}>{words})" for role, words in _ROLES))
_AGENT = re.compile(r"(?:由|经由)(?:各|本|相关|有关|所在|上述)*$")
_CAUSED = re.compile(
    r"(?:组织|指导|督促|要求|提醒|通知|引导|协助|安排|请|敬请|希望|凡|动员)(?:好|各|全体|本|相关|有关|所在|毕业班|班|二级|有[^，。]{2,12}?的|每[一位名个]*)*$"
)
_OBJECT = re.compile(
    r"(?:[向到至交报送给对将把为与和及经凭持从同据按被发找]|报送|交至|交由|交给|报至|发至|联系|咨询|通知到|归还给|面向|服务|根据|按照)"
    r"(?:各|本|相关|有关|所在|全体|每[一位名个]*|学校|二级)*$"
)
_VERB_AHEAD = re.compile(
    r"^(?:（[^）]*）|\([^)]*\))?(?:[\d、]|[:：]|[，,]\s*(?:[\d请须应需]|务必)|本人|均|也|可|须|应|需|要|请|将|会|于|在|自|从|务必|必须|统一|负责|凭|持|按|根据|对|通过|组织|与|向|到|把|认真|及时|"
    r"逐[一项]|提前|最[迟晚]|不得|不再|原则上|[\u4e00-\u9fff]{2})"
)
_OPENED_TO = re.compile(r"(?:对|向|面向)(?:全体|各)?(?:毕业生|学生)(?:进行)?开放")
_REFUSED = re.compile(r"(?:不|停止|暂停|暂不|不再)(?:再)?(?:受理|办理|接待)")
_NEEDLESS = re.compile(r"(?:不用|不需要?|无需|无须|不必)[^，,。；;]*")
"""'学生不用办理': a verb that nobody has to follow."""
_ATTENDED = re.compile(
    r"(?:[（(]?[\d①-⑳一二三四五六七八九十]{1,3}[、.．)）]?\s*)?(?:20\d\d届)?(?:本科生?|研究生|硕士生?|博士生?|全校|学校|学院|集体)?"
    r"(?:毕业典礼|学位授予(?:仪式|典礼)|毕业(?:合影|照|晚会))"
)
"""What students come to, whoever holds it."""
_ASKED_OF = re.compile(
    r"[*\s]*(?:[问Q]\d*|\d{1,2}[.、])?\s*[:：]?\s*"
    r"(?:毕业典礼|学位授予仪式|毕业(?:合影|照|晚会))[^。]{0,8}(?:哪天|什么时候|几点|几号|何时)"
)
GOES = re.compile(
    r"(?:[\d年月日号前起至到\s:：点\-—–~～（）()周一二三四五六天上下午]+[，,]\s*)?"
    r"(?:到|去|前往|赴)[^，。；]{2,16}?(?:还书|归还|领取|办理|缴纳|缴费|签字|报到|退还)"
)
"""Who goes to a counter is no office."""
_ONES_OWN = re.compile(
    r"(?:退宿|还书|领证|缴费|体检|离校手续(?:办理)?)(?:的|办理)?时间|异议[^，。；]{0,16}提出|[把将][^，。；]{2,20}(?:报给|告诉|交给)(?:所在)?(?:党|团)?支部"
)
"""What only students do, though the clause before speaks of an office."""
_HANDED_OUT = re.compile(
    r"^(?:毕业|学位|学历|结业)?证书(?:集中)?发放$|(?:毕业|学位|学历|结业)证书?的?发放(?:时间|推迟|延期|提前|改|定)|由[^，。；]{2,12}发[放给].*(?:本人|学生|毕业生)[^，。；]{0,8}[领取]"
    r"|(?<!未)(?<!已)发放(?:(?:(?![完的])[\u4e00-\u9fff]){0,6}(?:毕业|学位|学历|结业|资格)证书?|[\u4e00-\u9fff]{0,4}(?:证件|报到证|校友卡|学位服|纪念品|纪念册|文化衫|离校礼包)|证书$)(?!前|后|的|时|工作|名单|情况)"
)
"""'证书由学院发放，本人凭证签领', '校友会发放校友卡': it is collected."""
_HELD = re.compile(
    r"(?:举行|举办|召开|改为|调整|推迟|提前|改在|改到)[^，。；]{0,24}(?:毕业典礼|学位授予(?:仪式|典礼)|毕业晚会|欢送会|宣讲会|招聘会|双选会|座谈会)"
    r"|(?:毕业典礼|学位授予(?:仪式|典礼)|毕业晚会|欢送会|宣讲会|招聘会|双选会)[^，。；]{0,24}(?:举行|举办|召开|开始|改为|改到|改在|推迟到|推迟至|提前到|提前至|调整为|调整到|定[于在])"
)
"""A ceremony is there for the students, whoever holds it."""
_EVENT_SIGN = re.compile(r"典礼|仪式|[晚送讲聘选谈]会")
_OPENED_FOR = re.compile(
    r"(?:系统|平台|通道|小程序|手续)[^。；]{0,32}(?:开通|开放|启用|开启|上线)[^。；]{0,24}(?:关闭|截止|停用|结束)"
)
_OPENED_SIGN = re.compile(r"开[通放启]|启用|上线")
"""A system that is opened and closed again is used in between."""
_ORDERED = re.compile(r"开展|组织|做好|加强|上报|汇总|报送|统计|整理|检查|核对|落实|安排|严防|值班|通知到")
"""What a letter to the colleges asks of them, where it does not say who."""
_IMPERATIVE = re.compile(
    r"^(?:[（(]?\d{1,2}[.、．)）]\s*)?(?:[\u4e00-\u9fff]{2,8}[:：。])?\s*(?:组织|指导|负责|收取|审核"
    r"|督促|协助|完成|开展|确保|做好|配合|加强)"
)
"""A sentence that begins with its verb: the office in charge of the section is meant."""
_WHO = re.compile(
    r"(?:^|[。；，])[^，。；]{2,24}(?:的|者)(?:，?(?:本人)?(?:必须|务必|须|应|请|需|可|要)|[在于向到](?=[^，。；]{0,20}(?:提出|办理|提交|登记|领取|申请|补|交|联系)))"
)
"""'发现信息有误的，须…': a person whom the condition describes."""
_MODIFIER = re.compile(
    r"^(?:[（(]?[\d一二三四五六七八九十]{1,3}[.、．)）]\s*|第[\d一二三四五六七八九十百]{1,4}条\s*|[\u4e00-\u9fff]{2,12}[:：。]|全体|各位|(?:[\u4e00-\u9fff]{2,9}、)+|注[:：]|(?:各|所在)(?:二级)?学院|各|每[位名一个]*|本届|所有|20\d\d[届级年](?:[夏冬春秋]季)?|应届|其他|其余|同时|另外|此外|届时"
    r"|上述|相关|有关|二级|预备|在校|住校|走读|住宿|欠费|困难|(?:生源地|校园地|国家)?(?:信用)?(?:助学)?贷款|受资助|实习|升学|考研|考取研究生|入伍|参军|延期|获奖|优秀|省级|校级|(?:未|已|待)就业|签约|退役|复学|少数民族|国际|港澳台|护理|各专业|结业|专升本|本科|普通|冬季|夏季|参会|毕业班|班|并且"
    r"|并|且|但|其中|因此|如|[^，]{0,24}的"
    r"|[\d月日号年前起至到\-—～~:：时点分上中下午旬底于在自从（）()周一二三四五六天之后、 \0]+)*$"
)
_CLAUSE = re.compile(r"[，,；;。！？\n]")
_STUDENTS_VERB = re.compile(
    r"领取|归还|还清|还书|退还|清还|退宿|搬离|搬出|腾空|缴清|缴纳|缴费|交费|结清|填写|填报|登[录陆]|报名|预约|签订|申请|补检|体检|参加|集合|请假"
    r"|补采|还贷|还款|退卡|退费申请|注销|激活|下载|打卡|交回|交还|上传|本人|凭[学身]|持[学身]|委托|代领|办理(?:离校)?手续|离校手续|手续办理|报到|迁出"
    r"|提交|领用|租借|拍摄|合影|交到|交给|上交|交齐|可住|开放时间|转接申请|赔偿|填好|填完|补拍|按班发|补考|填[到在进写入]|[到去][^，。；]{2,12}?(?:领|签字?|办(?![公学事]|理员))|行李(?:托运|寄递|邮寄)|设点|清退|提出|交(?:系|学院|所在|本|指导|辅导员|班|宿管|楼管|门卫|值班|管理员|老师|学工|教务|党支部|档案|图书|后勤|财务)|确认手续|去向登记|离校登记|咨询|办理|补[齐足交]|搬空|清空|腾退|撤展|还到|查询"
)
_OFFICES_VERB = re.compile(
    r"催[还缴收]|整理|审核|审查|核查|核对|检查|抽查|清查|封楼|封闭|封装|开放|开通|关闭|公布|公示|发放|寄发|寄出|寄送|邮寄|寄递|寄完|转递|退款|结算|采集|调试|测试|上报|汇总"
    r"|印制|制作|制证|收取|受理|停止|停用|终止|失效|作废|到期|断电|断网|发至|举行|举办|召开|移交|归档|注册|维护|删除|保障|负责|统计|反馈|启动|组织|开展|做好|加强"
)
_OF_A_NOUN = re.compile(r"^(?:的(?!，)|之)")


class Subject(NamedTuple):
    """A role with the words that name it."""

    role: str
    words: str
    at: int


@lru_cache(maxsize=16)
def subjects(text: str) -> tuple[Subject, ...]:
    """The role nouns of a text that stand as subjects, in order; an agent ('由…') is one too.

    The sentence at hand is asked for them several times.
    """
    return tuple(_subjects(text))


def _subjects(text: str) -> Iterator[Subject]:
    for found in _ROLE.finditer(text):
        if found.lastgroup != STUDENT and text[found.end() : found.end() + 1] in (":", "："):
            continue  # '图书馆：还清图书' is a heading, '党员：交去向表' says who
        before = text[max(0, found.start() - 40) : found.start()]
        after = text[found.end() : found.end() + 12]
        if (
            _AGENT.search(before)
            or _CAUSED.search(before)
            or (not _OBJECT.search(before) and not _OF_A_NOUN.match(after) and _begins(before, after))
        ):
            yield Subject(str(found.lastgroup), found[0], found.start())


def _begins(before: str, after: str) -> bool:
    """Whether nothing but time, number and description stands before the noun in its clause, and a verb behind it."""
    lead = _CLAUSE.split(before)[-1]
    return bool(_MODIFIER.match(lead)) and bool(_VERB_AHEAD.match(after.lstrip()))


def subject_of(text: str, times: tuple[int, int] | None, carried: Subject | None = None) -> Subject | None:
    """The subject of the clause that holds the time at `times`; else the one carried on, else the next one."""
    if _OPENED_TO.search(text):
        return Subject(STUDENT, "学生", 0)
    named = list(subjects(text))
    if times is None:
        return named[0] if named else carried
    named = [subject for subject in named if not times[0] <= subject.at < times[1]]
    begin, end = _clause_around(text, *times)
    here = [subject for subject in named if begin <= subject.at < end]
    earlier = [subject for subject in named if subject.at < begin]
    later = [subject for subject in named if subject.at >= end]
    if later and not earlier and not here and _says_nothing(text[begin : times[0]], text[times[1] : end]):
        return later[0]
    chosen = _in_clause(text, here, times[0]) or _nearest(text, earlier) or carried
    return chosen or (later[0] if later and not verb_role(text[begin:end]) else None)


def _says_nothing(before: str, after: str) -> bool:
    """A clause that is a time, or a name and a time ('证书发放：1月14日至15日')."""
    rest = re.sub(r"^[^，：:]{0,16}[:：]", "", before) + after
    return not re.search(r"[\u4e00-\u9fff]{2}", rest)


def _in_clause(text: str, here: list[Subject], time_at: int) -> Subject | None:
    before = [subject for subject in here if subject.at < time_at]
    agents = [subject for subject in here if _AGENT.search(text[max(0, subject.at - 8) : subject.at])]
    return next(iter(before or agents or here), None)


def _nearest(text: str, earlier: list[Subject]) -> Subject | None:
    """The first subject of the last clause that has one."""
    if not earlier:
        return None
    begin = max((found.end() for found in _CLAUSE.finditer(text, 0, earlier[-1].at)), default=0)
    return next(subject for subject in earlier if subject.at >= begin)


def _clause_around(text: str, start: int, end: int) -> tuple[int, int]:
    edges = [found.start() for found in _CLAUSE.finditer(text)]
    begin = max((edge + 1 for edge in edges if edge < start), default=0)
    finish = min((edge for edge in edges if edge >= end), default=len(text))
    return begin, finish


def verb_role(text: str) -> str | None:
    """Whose verb comes first: students hand in and collect, offices check and send."""
    text = _NEEDLESS.sub("", text)
    if _REFUSED.search(text):
        return DEPARTMENT
    students, offices = _STUDENTS_VERB.search(text), _OFFICES_VERB.search(text)
    if students and offices:
        return STUDENT if students.start() <= offices.start() else DEPARTMENT
    return STUDENT if students else DEPARTMENT if offices else None


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a sentence: the subject before it, the heading, whom the letter is to, who is in charge."""

    carried: Subject | None = None
    topic: str = ""
    addressee: str | None = None
    in_charge: bool = False
    """A responsible office is named for the section: what has no subject is its own."""


def role_of(text: str, times: tuple[int, int] | None, around: Around) -> str:
    """Who has to do it: the subject, else by the verbs of the clause, of the sentence, of the heading above."""
    subject = subject_of(text, times)
    begin, end = _clause_around(text, *times) if times else (0, len(text))
    if is_handed_out(text) or _is_for_students(text, subject) or _is_ones_own(text, begin, end):
        return STUDENT
    if subject is not None and not _is_only_mentioned(text, subject):
        return subject.role
    if around.carried is not None:
        return around.carried.role
    if _ASKED_OF.match(around.topic):
        return STUDENT
    if around.in_charge or _IMPERATIVE.match(text):
        return DEPARTMENT if around.in_charge else _unnamed(text, around)
    if _WHO.search(text):
        return STUDENT
    if _ATTENDED.match(text[begin:end]):
        return STUDENT
    behind = text[times[1] : end] if times else ""
    by_verb = verb_role(behind) or verb_role(text[begin:end]) or verb_role(text)
    if by_verb == DEPARTMENT or by_verb is None:
        return _unnamed(text, around) if _ORDERED.search(text) else by_verb or verb_role(around.topic) or DEPARTMENT
    return by_verb


def _is_ones_own(text: str, begin: int, end: int) -> bool:
    """Whether a clause says what only students do; the words without which there is nothing come first."""
    if not ("时间" in text or "异议" in text or "支部" in text):
        return False
    return _ONES_OWN.search(text, begin, end) is not None


def _is_for_students(text: str, subject: Subject | None) -> bool:
    """Ceremonies and systems are there for the students; the words without which there is neither come first."""
    if _OPENED_SIGN.search(text) and _OPENED_FOR.search(text):
        return True
    return _EVENT_SIGN.search(text) is not None and _holds(subject) and _HELD.search(text) is not None


def _holds(subject: Subject | None) -> bool:
    """Whether who is named, if anybody, holds an event and does not go to it."""
    return subject is None or subject.role in (DEPARTMENT, COLLEGE)


def _is_only_mentioned(text: str, subject: Subject) -> bool:
    """'负责毕业生…保障工作': the verb at the beginning is not the noun's."""
    before = text[: subject.at]
    first_clause = not _CLAUSE.search(before.lstrip("0123456789. ").partition("：")[2] or before)
    return first_clause and subject.role == STUDENT and bool(_IMPERATIVE.match(text)) and not _CAUSED.search(before)


def _unnamed(text: str, around: Around) -> str:
    """An order without a subject goes to whom the letter is addressed, unless these are the students."""
    return around.addressee if around.addressee in (COLLEGE, COUNSELOR) else DEPARTMENT


def noun_role(text: str) -> str | None:
    """The role of the first person or office a cell names."""
    found = _ROLE.search(text)
    return str(found.lastgroup) if found else None


def office_in(text: str) -> str | None:
    """The first office a text names, whatever it does there."""
    found = _OFFICE_NAMED.search(text)
    return found[0] if found else None


def recipient_in(text: str) -> tuple[str, bool] | None:
    """Who takes what is handed in ('交到各班学委', '报就业办', '向辅导员提交'), and whether it is put in his hands."""
    found = _TAKEN_BY.search(text)
    return (found["who"], found[0][0] in "交送报告还") if found else None


def is_handed_out(text: str) -> bool:
    """Whether somebody hands out to the students what they have to collect."""
    return "发" in text and _HANDED_OUT.search(text) is not None


def is_attended(title: str) -> bool:
    """Whether it is a ceremony or a picture that students come to, and nothing about one."""
    return _ATTENDED.fullmatch(title) is not None


def giver_in(text: str) -> str | None:
    """Who hands out what students collect: '由各学院发放'."""
    found = _GIVEN_BY.search(text)
    return found["by"] if found else None


def firm_in(text: str) -> str | None:
    """Who comes from outside: '有快递公司在楼下设点'."""
    found = (_FIRM.search(text) or _FIRM_THERE.search(text)) if _FIRM_SIGN.search(text) else None
    return found["firm"] if found else None


def counter_in(text: str) -> str | None:
    """Where one goes to have it done: '到学生活动中心103室领取'."""
    found = _COUNTER.search(text)
    return found["where"] if found else None


def is_office(name: str) -> bool:
    """Whether a name is that of an office and not of a whole school."""
    return bool(_IS_OFFICE.fullmatch(name))
