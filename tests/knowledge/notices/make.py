"""Makes the Word and Excel notices of this folder: `python -m tests.knowledge.notices.make`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import docx
from openpyxl import Workbook

HERE = Path(__file__).parent

PLAN = (
    ("阶段", "工作内容", "具体要求", "完成时间", "责任部门", "负责人员"),
    ("准备阶段", "毕业资格审核", "完成2026届毕业生毕业资格、学位资格审核", "5月22日前", "教务处", "各学院教学副院长"),
    ("", "欠费核查", "核对毕业生学费、住宿费缴纳情况，向学院反馈欠费名单", "5月18日至5月22日", "财务处", "收费科"),
    ("", "离校系统测试", "调试离校系统，配置审批节点", "2026年5月29日前", "信息中心", "系统管理员"),
    (
        "实施阶段",
        "办理离校手续",
        "1.毕业生登录离校系统，逐项办理。2.图书馆、财务处、后勤处在系统中即时审核。",
        "6月8日-6月17日",
        "学生处",
        "毕业生",
    ),
    ("", "党组织关系转接", "毕业生党员填写转接信息，支部审核", "6月10日前（预备党员6月5日前）", "组织部", "党支部书记"),
    ("", "毕业典礼", "组织全体毕业生参加典礼", "6月18日上午9:00（暂定）", "学生处", "辅导员"),
    ("", "宿舍清退", "毕业生腾空宿舍，交回钥匙", "6月19日12:00前", "后勤处", "毕业生"),
    ("收尾阶段", "档案寄送", "封装、寄发毕业生档案", "6月下旬", "学生处", "档案室"),
    ("", "毕业证补发", "受理证书遗失证明申请", "全年", "教务处", "学籍科"),
    ("", "总结", "各学院报送离校工作总结", "7月6日前", "学生处", "各学院"),
)

TIMES = (
    ("日期", "时间", "地点", "内容", "参加人员"),
    ("6月9日（周一）", "上午8:30-11:30", "体育馆", "学位服发放", "各班班长"),
    ("6月10日（周二）", "14:00", "大礼堂", "毕业生安全教育大会", "全体毕业生、辅导员"),
    ("6月13日（周五）", "全天", "学生活动中心", "党团组织关系集中咨询", "毕业生党员、团员"),
    ("6月16日至18日", "9:00—16:00", "行政楼大厅", "离校手续“一站式”办理", "全体毕业生"),
    ("6月19日（周四）", "9:30", "体育馆", "毕业典礼暨学位授予仪式", "全体毕业生、校领导"),
    ("6月20日（周五）", "12:00前", "各宿舍楼", "退宿、交还钥匙", "住校毕业生"),
    ("待定", "", "校医院", "体检报告领取", "全体毕业生"),
)


def main() -> None:
    """Writes the files."""
    _plan()
    _programme()
    _schedule()
    _desk()


def _plan() -> None:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "海州示范大学办公自动化系统 打印时间：2026年4月30日"
    document.sections[0].footer.paragraphs[0].text = "第 1 页"
    document.add_paragraph("海州示范大学文件")
    document.add_paragraph("海大学〔2026〕31号")
    document.add_heading("2026届毕业生离校工作方案", 0)
    document.add_paragraph("各学院、各部门：")
    document.add_paragraph("为做好2026届毕业生离校工作，制定本方案，请遵照执行。")
    document.add_heading("一、工作安排", 1)
    _table(document, PLAN, merged=((1, 3), (4, 7), (8, 10)))
    document.add_heading("二、有关说明", 1)
    document.add_paragraph("1.各学院须于5月15日前确定一名联络员，名单报学生处邮箱 xsc@haizhou.example。")
    document.add_paragraph("2.对2025届及以前结业后换证的学生，由教务处另行安排。")
    document.add_paragraph("海州示范大学")
    document.add_paragraph("2026年4月29日")
    document.save(str(HERE / "02_plan.docx"))


def _programme() -> None:
    document = docx.Document()
    document.add_paragraph("关于2025届毕业生离校集中活动安排的通知")
    document.add_paragraph("各学院：")
    document.add_paragraph("现将2025届毕业生离校集中活动安排如下，请各学院于5月28日前将参加人数报学生工作处。")
    _table(document, TIMES)
    document.add_paragraph("说明：")
    document.add_paragraph("1.毕业生请提前15分钟到场；因故不能参加毕业典礼的，典礼前两天向辅导员请假。")
    document.add_paragraph("2.学位服最晚6月20日归还，逾期每天收取滞纳金5元。")
    document.add_paragraph("南屏工商学院学生工作处")
    document.add_paragraph("2025年5月19日")
    document.save(str(HERE / "08_programme.docx"))


def _table(
    document: docx.document.Document, rows: Sequence[Sequence[str]], merged: Sequence[tuple[int, int]] = ()
) -> None:
    table = document.add_table(len(rows), len(rows[0]))
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    for top, bottom in merged:
        text = table.cell(top, 0).text
        table.cell(top, 0).merge(table.cell(bottom, 0)).text = text


def _schedule() -> None:
    book = Workbook()
    first = book.active
    assert first is not None
    first.title = "学生办理"
    first["A1"] = "桂山学院2024届毕业生离校日程（学生）"
    first.merge_cells("A1:E1")
    _rows(
        first,
        (
            ("序号", "事项", "时间", "地点", "联系部门"),
            (1, "归还图书", "5月20日—6月14日", "图书馆一楼", "图书馆"),
            (2, "还贷确认", "6月7日17:00前", "资助中心", "资助中心"),
            (3, "领取报到材料", "2024/6/17-2024/6/19", "各学院", "就业处"),
            (4, "校园网账号注销", "离校后自动注销", "——", "网络中心"),
            (5, "毕业体检补检", "6月3日、4日 8:00-10:30", "校医院", "校医院"),
        ),
    )
    second = book.create_sheet("部门工作")
    second["A1"] = "部门工作分工"
    _rows(
        second,
        (
            ("部门", "工作事项", "完成时限", "备注"),
            ("图书馆", "汇总赔书清单送财务处", "6月18日前", ""),
            ("", "关闭毕业生借阅权限", "6月21日", ""),
            ("就业处", "上报就业方案", "6月25日前", "以省厅通知为准"),
            ("保卫处", "办理户口迁移证", "6月中旬至月底", ""),
        ),
    )
    second.merge_cells("A3:A4")
    second["A8"] = "制表：学生处  2024年5月8日"
    book.save(HERE / "04_schedule.xlsx")


def _desk() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "一站式"
    sheet["A1"] = "关于公布2026年夏季毕业生离校服务窗口安排的通知"
    sheet["A2"] = "发布单位：临湖科技职业学院学生工作部（2026年5月20日）"
    _rows(
        sheet,
        (
            ("窗口", "业务", "服务对象", "受理日期", "受理时段", "经办部门"),
            ("1号", "学费清算", "欠费毕业生", "2026-06-15 至 2026-06-18", "8:30-11:30", "计财处"),
            ("2号", "一卡通退卡", "全体毕业生", "6.15-6.18", "8:30-17:00", "信息办"),
            ("3号", "团员关系转出", "团员毕业生", "6月15日、16日", "全天", "校团委"),
            ("4号", "证书代领登记", "委托代领的毕业生", "6月17日前", "", "教务处"),
            ("5号", "遗留问题处理", "尚未办结者", "6月19日（星期五）起", "9:00—11:00", "学工部"),
        ),
    )
    sheet["A10"] = "注：各学院辅导员须在6月12日前通知到每一名毕业生。"
    book.save(HERE / "11_desk.xlsx")


def _rows(sheet: object, rows: Sequence[Sequence[object]]) -> None:
    for row in rows:
        sheet.append(row)  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
