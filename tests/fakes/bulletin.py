"""A notice written for tests, read and published by the real reader and store."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from knowledge.documents import read
from knowledge.passages import passages_of
from storage import notices

SCHOOL = "云山学院"
TEXT = """# 云山学院

# 2023 届毕业生离校工作通知

## 一、时间安排

办理离校手续时间为 6 月 1 日—6 月 20 日。毕业典礼暂定于 2023 年 6 月 18 日上午 9:30 举行，地点在青石礼堂。

## 二、档案转寄

学生须于 2023 年 6 月 8 日前在学工系统填写档案转寄地址。逾期未填写的，档案转回生源地。

所有档案由学生工作处统一邮寄，不得自行携带。查询电话：023-60000000。

## 三、生源地贷款

有生源地贷款的学生在国家开发银行系统确认贷款信息，截止时间为 2023 年 6 月 10 日。

## 四、图书归还

离校前须归还图书，损坏或丢失图书的照价赔偿。责任部门：图书馆。

## 五、代办

不能回校的学生可以委托他人办理，但须由本人亲笔签写委托书，并附双方身份证复印件。

云山学院
2023 年 5 月 10 日
"""


async def publish(
    session: AsyncSession, folder: Path, now: datetime, *, text: str = TEXT, school: str = SCHOOL, name: str = "n.md"
) -> UUID:
    """Imports and publishes the notice; the id of its school."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    document = read(path)
    owner = await notices.school_named(session, school, create=True)
    assert owner is not None
    notice = await notices.save(session, owner.id, document, passages_of(document), now)
    await notices.publish(session, notice.id)
    return owner.id
