"""A notice of a fictional school and notices that change it, in several styles; the real reader reads them."""

from __future__ import annotations

from pathlib import Path

from knowledge.blocks import Document
from knowledge.documents import read

SCHOOL = "云溪职业学院"
NUMBER = "云溪院学〔2023〕15 号"
TITLE = "关于做好2023届毕业生离校工作的通知"

NOTICE = f"""# {SCHOOL}

{NUMBER}

# {TITLE}

各二级学院：

## 一、时间安排

办理离校手续时间为 6 月 1 日—6 月 20 日。毕业典礼暂定于 2023 年 6 月 18 日上午 9:30 举行，地点在青石礼堂。

## 二、档案转寄

学生须于 2023 年 6 月 8 日前在学工系统填写档案转寄地址。逾期未填写的，档案转回生源地。查询电话：023-60000000。

## 三、生源地贷款

有生源地贷款的学生须在国家开发银行系统确认贷款信息，截止时间为 2023 年 6 月 8 日。

## 四、图书归还

毕业生须于 6 月 10 日前归还图书。责任部门：图书馆。

## 五、毕业证书

毕业证书领取时间另行通知。

## 六、一卡通

6 月 15 日下午组织毕业生集中办理一卡通退费。

## 七、体检

毕业生须在 6 月 5 日前参加毕业体检。

{SCHOOL}学生工作处
2023 年 5 月 10 日
"""


def amending(*sentences: str, title: str = "关于调整2023届毕业生离校工作有关安排的补充通知", cite: bool = True) -> str:
    """A supplementary notice with these sentences as its numbered points."""
    cited = f"《{TITLE}》（{NUMBER}）" if cite else "前期通知"
    points = "\n\n".join(f"{'一二三四五六七八九'[number]}、{text}" for number, text in enumerate(sentences))
    return (
        f"# {SCHOOL}\n\n# {title}\n\n各二级学院：\n\n因工作需要，现将{cited}中的部分安排调整如下：\n\n{points}\n\n"
        f"其他安排不变。\n\n{SCHOOL}学生工作处\n2023 年 5 月 30 日\n"
    )


def letter(folder: Path, text: str = NOTICE, name: str = "notice.md") -> Document:
    """The text as a file, read back."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read(path)
