"""Three papers as an authority writes them, made up for the tests: first report, order, after-action report."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from anlan.kernel.documents import (
    Annex,
    Column,
    Document,
    Figure,
    Heading,
    Items,
    Line,
    Moment,
    Paragraph,
    Serial,
    Table,
    Timeline,
    bar_chart,
)

DAY = date(2016, 7, 20)

# Hourly sums in mm, 2016-07-20 00:00–23:00, 古城 (UCI Beijing Multi-Site Air Quality, CC BY 4.0).
RAIN = (
    0.1, 3.3, 2.1, 2.3, 2.2, 3.8, 6.0, 4.6, 3.4, 10.4, 24.1, 22.3,
    30.4, 29.2, 19.6, 16.3, 15.3, 4.7, 18.5, 15.9, 6.3, 17.4, 6.2, 2.2,
)  # fmt: skip


def first_report() -> Document:
    return Document(
        head="突发事件快报",
        style="bulletin",
        serial="首报　第1期",
        urgency="特急",
        signers=("带班领导（示例）",),
        addressee="北京市应急指挥中心",
        title="关于古城街道下凹式立交桥积水致车辆被困的报告",
        body=(
            Paragraph(
                "7月20日12时40分，古城街道值班员（示例）电话报告：辖区一处下凹式立交桥因强降雨积水，深约80厘米，"
                "2辆小客车被困。人员被困情况正在核实，暂无人员伤亡报告。"
            ),
            Paragraph(
                "12时42分，区应急指挥中心调度排水抢险队伍1支、移动泵车2台赶赴现场，交管部门封闭桥区双向车道。",
                lead="已采取措施。",
            ),
            Paragraph(
                "古城站12时前3小时降雨76.8毫米，预计未来2小时仍有短时强降雨。", lead="现场天气。", simulated=True
            ),
            Paragraph("继续核实被困人员情况，加派救援力量，重要情况随时续报。", lead="下一步工作。"),
            Paragraph("人员被困、受伤情况；积水面积；责任单位。", lead="待核要素："),
        ),
        signature="石景山区应急管理局",
        date=DAY,
        cc=("区委办公室", "区政府办公室"),
        printed_by="石景山区应急指挥中心",
        printed_on=DAY,
        exercise=True,
    )


def order() -> Document:
    return Document(
        head="石景山区防汛抗旱指挥部文件",
        serial=Serial("石汛指", 2016, 12),
        copy_number=1,
        urgency="特急",
        title="关于启动防汛Ⅲ级应急响应的命令",
        addressee="各成员单位，各街道办事处",
        body=(
            Paragraph(
                "根据《石景山区防汛应急预案》，经会商研判，区防汛抗旱指挥部决定，自2016年7月20日12时30分起启动防汛Ⅲ级应急响应。"
            ),
            Heading("响应事项"),
            Paragraph(
                "应对本区强降雨引发的城市内涝、山洪和地质灾害。截至12时，古城站3小时降雨量76.8毫米，覆盖全区面积的62%。"
            ),
            Heading("响应级别"),
            Paragraph("Ⅲ级（较大）。"),
            Heading("预计期限"),
            Paragraph("至2016年7月21日8时止。提前终止、延长或者调整级别的，另行通知。"),
            Heading("处置措施"),
            Heading("指挥调度", 2),
            Items(
                (
                    "副指挥长到区应急指挥中心值守，成员单位联络员30分钟内到位；",
                    "各单位每2小时报告一次，重要情况随时报告。",
                )
            ),
            Heading("现场处置", 2),
            Items(
                (
                    "水务部门对下凹式立交桥逐处派人值守，水深超过27厘米立即封闭；",
                    "各街道对低洼院落、危旧房屋和山区沟道内人员逐户排查，需要转移的于14时前完成；",
                    "住房城乡建设部门停止基坑、高处和起重作业。",
                ),
            ),
        ),
        annexes=(Annex("成员单位任务清单"), Annex("值守联络表")),
        signature="石景山区防汛抗旱指挥部",
        date=DAY,
        cc=("北京市防汛抗旱指挥部办公室", "区委办公室"),
        printed_by="石景山区防汛抗旱指挥部办公室",
        printed_on=DAY,
    )


def upward_report() -> Document:
    return Document(
        head="石景山区应急管理局文件",
        serial=Serial("石应急", 2016, 31),
        signers=("局长（示例）", "副局长（示例）"),
        title="关于7月20日强降雨应对情况的请示",
        addressee="区人民政府",
        body=(Paragraph("现将有关情况报告如下。"),),
        remark="联系人：局值班室（示例）",
        signature="石景山区应急管理局",
        date=DAY,
    )


def after_action_report(rows: int = 60) -> Document:
    begin = datetime(2016, 7, 19, 18, 0)
    matters = (
        "气象部门发布暴雨蓝色预警，区防汛办转发至各成员单位和九个街道。",
        "区应急指挥中心叫应各街道防汛责任人，9个街道中8个应答，鲁谷街道未应答，转呼副职。",
        "古城站小时雨量24.1毫米，达到橙色标准，值班长组织会商。",
        "古城街道值班员（示例）电话报告：下凹式立交桥积水约80厘米，2辆小客车被困，人员情况待核。排水抢险队、"
        "交管和消防力量同时出动；值班员要求街道派人现场核实，并在10分钟内回报水深、被困人员和交通情况。",
        "八角街道开设避难场所1处，转移安置36人。",
    )
    moments = tuple(
        Moment(
            begin + timedelta(minutes=33 * n),
            matters[n % len(matters)],
            ("指挥中心值班记录", "街道报告", "雨量站", "电话录音（模拟）")[n % 4],
            simulated=n % 5 == 0,
        )
        for n in range(rows)
    )
    total, running = 0.0, []
    for value in RAIN:
        total += value
        running.append(round(total, 1))
    chart = bar_chart(
        [f"{h}时" for h in range(24)],
        [None if h == 17 else value for h, value in enumerate(RAIN)],
        label="小时雨量（毫米）",
        line=Line(tuple(running), "累计雨量（毫米）"),
    )
    tasks = tuple(
        (
            n,
            unit,
            task,
            "12:30",
            f"12:{30 + n:02d}",
            None if n == 7 else f"1{3 + n // 5}:{n * 5 % 60:02d}",
            "逾期" if n == 7 else "完成",
        )
        for n, (unit, task) in enumerate(
            [
                ("区水务局", "下凹式立交桥值守与抽排"),
                ("交通支队", "桥区封闭和绕行"),
                ("消防救援支队", "被困车辆人员搜救"),
                ("古城街道", "现场核实和群众疏导"),
                ("八角街道", "开设避难场所"),
                ("区住房城乡建设委", "在建工地停工检查"),
                ("区城市管理委", "排水管网巡查"),
                ("区卫生健康委", "医疗救护待命"),
                ("区文化和旅游局", "景区关闭"),
                ("鲁谷街道", "低洼院落排查"),
            ],
            1,
        )
    )
    return Document(
        head="石景山区应急管理局",
        style="report",
        serial=Serial("石应急", 2016, 33),
        title="2016年7月20日特大暴雨应急响应总结评估报告",
        signature="石景山区应急管理局",
        date=date(2016, 7, 25),
        exercise=True,
        body=(
            Heading("基本情况"),
            Heading("雨情", 2),
            Paragraph(
                "2016年7月19日8时至21日4时，全区普降大到特大暴雨。古城站过程降雨量超过300毫米，最大小时雨量30.4毫米，"
                "出现在20日12时。逐小时雨量见图1。"
            ),
            Figure(
                chart,
                "古城站7月20日逐小时雨量和累计雨量",
                alt="柱为小时雨量，线为累计雨量，17时缺测",
                note="资料来源：逐小时降水观测；17时缺测，累计值为已获资料之和。",
            ),
            Heading("灾情", 2),
            Paragraph("下凹式立交桥积水2处，被困车辆2辆，转移安置36人，无人员死亡失踪。各街道情况见表1。"),
            Table(
                columns=(
                    Column("街道", 2),
                    Column("积水点（处）", 1.4, "right"),
                    Column("转移（人）", 1.4, "right"),
                    Column("最大水深（厘米）", 1.8, "right"),
                    Column("说明", 3),
                ),
                rows=(
                    ("古城街道", 2, 12, 80, "下凹式立交桥1处，居民院落1处"),
                    ("八角街道", 1, 24, 35, "开设避难场所1处"),
                    ("鲁谷街道", 0, 0, None, ""),
                    ("合计", 3, 36, None, ""),
                ),
                total=True,
                caption="各街道积水和转移情况",
                note="“—”表示未知或无资料，不等于0。",
            ),
            Heading("处置经过"),
            Paragraph(
                "本次响应自7月20日12时30分启动Ⅲ级响应，19时10分提升为Ⅱ级，21日4时终止，历时15小时30分。主要经过见表2。"
            ),
            Timeline(moments, caption="处置时间线"),
            Heading("任务落实情况"),
            Paragraph("共下达任务10项，按期完成9项，逾期1项，逐项情况见表3。"),
            Table(
                columns=(
                    Column("序号", 0.7, "center"),
                    Column("承办单位", 2.2),
                    Column("任务", 3),
                    Column("下达", 1, "center"),
                    Column("签收", 1, "center"),
                    Column("完成", 1, "center"),
                    Column("结果", 1, "center"),
                ),
                rows=tasks,
                caption="任务清单及完成情况",
            ),
            Heading("评估与建议"),
            Heading("经验做法", 2),
            Items(("预警叫应闭环到户，未应答的逐级追呼；", "泵车预置到位，积水1小时内退净。"), "一是"),
            Heading("存在问题", 2),
            Heading("信息报送", 3),
            Heading("要素不全", 4),
            Paragraph("首报时人员被困情况未知，续报间隔偏长。"),
            Heading("改进建议", 2),
            Items(("修订下凹式立交桥“一桥一案”；", "增设水位监测设备4套。"), "（1）"),
        ),
        annexes=(Annex("鲁谷街道补充说明", (Paragraph("7时42分未应答系设备故障，副职于7时51分应答。"),)),),
        notes=("本报告由演练回放生成，标注“【模拟】”的内容由演练脚本给出，雨量为历史实测。",),
        cc=("北京市应急管理局", "区委办公室", "区政府办公室"),
        printed_by="石景山区应急管理局办公室",
        printed_on=date(2016, 7, 25),
    )
