"""The words of the interface in Chinese and English."""

from __future__ import annotations

LANGUAGES = ("zh", "en")
_WORDS: dict[str, tuple[str, str]] = {
    "about": ("共", "In all"), "actual": ("实际值", "actual"), "add": ("补标所选文字", "Label the selection"),
    "add_hint": ("在正文中选中漏标的文字，再按此钮。", "Select what was missed in the text, then press this."),
    "all": ("全部", "all"), "and": ("、", ", "), "article": ("文章", "Article"), "articles": ("文章", "Articles"),
    "aspect": ("方面", "Aspect"), "b.change": ("变动量", "change"), "b.duration": ("时长", "duration"),
    "b.gap": ("差距", "gap"), "b.growth": ("增长率", "growth"), "b.level": ("水平", "level"),
    "b.rank": ("位次", "rank"), "b.share": ("占比", "share"), "begins": ("开头为", "begins with"),
    "by_date": ("按日期（新到旧）", "by date, newest first"), "by_id": ("按编号", "by id"),
    "canonical": ("全称", "Full name"), "cancel": ("取消", "Cancel"), "chars": ("字", "characters"),
    "choose": ("选一行，看它在文中何处；选一处标记，看它的行。", "Choose a row to see its place, or a mark to see its rows."),
    "clear": ("清除", "Clear"), "comment": ("说明", "Comment"), "companies": ("企业", "Companies"),
    "company": ("企业", "Company"), "comparator": ("比较", "Comparator"),
    "computing": ("正在计算，稍后请刷新。", "Being computed; reload in a moment."),
    "conflicts": ("冲突", "Conflicts"), "corrected": ("已改正", "corrected"), "correct": ("改正…", "Correct…"),
    "cue": ("目标用语", "Cue"), "date": ("发布日期", "Published"), "deadline": ("期限", "Deadline"),
    "difference": ("差", "Difference"), "direction": ("升降", "Direction"), "end": ("止", "End"),
    "endpoint": ("端点", "Endpoint"), "example": ("例", "Example"), "explain": ("规则", "Rule"),
    "export": ("导出所选", "Export the selection"), "facts": ("事实", "Facts"), "filter": ("筛选", "Filter"),
    "first": ("首页", "First page"), "has_facts": ("有事实", "with facts"), "has_targets": ("有目标", "with targets"),
    "indicator": ("指标", "Indicator"), "inherited": ("承自他句", "from another sentence"),
    "keys": ("键盘：j/k 下一行/上一行，Enter 跳到文中，Esc 取消。", "Keys: j/k next/previous row, Enter goes to its place, Esc clears."),
    "kind": ("类别", "Kind"), "label_form": ("标注", "Label"), "language": ("English", "中文"), "legend": ("图例", "Legend"),
    "line_actual": ("实际值：实线、实心圆", "actual: solid line, filled circle"),
    "line_target": ("目标值：虚线、空心菱形", "target: dashed line, hollow diamond"),
    "menu": ("导航", "Pages"), "missed": ("漏标补上", "missed"), "mixed_units": ("图中只画多数点所用的单位。", "Only the unit of most points is drawn."),
    "more_search": ("继续搜索", "Search on"), "name": ("审阅人", "Reviewer"), "next": ("下一页", "Next page"),
    "no_outcome": ("尚无结果", "no outcome"), "no_title": ("（无标题）", "(no title)"),
    "none": ("没有符合条件的行。", "No row fits."), "none_facts": ("此文没有事实。", "This article states no facts."),
    "not_found": ("找不到。", "Not found."), "not_said": ("文中未出现", "stands nowhere"), "of": ("/", "of"),
    "offsets": ("位置", "Offsets"), "open": ("打开", "Open"), "order": ("排序", "Order"),
    "other": ("另一行", "Other row"), "outcome": ("结果", "Outcome"), "outdated": ("他处已改动此文的标注，请先刷新。", "The labels were changed elsewhere; reload first."),
    "paragraphs": ("分段阅读", "As paragraphs"), "period": ("时期", "Period"), "points": ("点数", "Points"),
    "quantities": ("数量", "Quantities"), "quantity": ("数量", "Quantity"), "raw": ("原始折行文本", "Raw wrapped text"),
    "read_only": ("只读：用终端里显示的链接打开才能审阅。", "Read only: open the link that the terminal shows to review."),
    "relation": ("关系", "Relation"), "report": ("单页报告", "One-page report"), "reset": ("重置", "Reset"),
    "review": ("审阅", "Review"), "right": ("对", "Right"), "rule": ("规则", "Rule"), "save": ("保存", "Save"),
    "saved": ("已保存", "saved"), "scope": ("范围", "Scope"), "search": ("搜索", "Search"),
    "search_hint": ("编号、标题或正文", "id, title or text"), "searched_to": ("已找到此处", "Searched up to here"),
    "select_first": ("请先在正文中选中文字。", "Select some text first."), "sentence": ("原句", "Sentence"),
    "series": ("序列", "Series"), "skip": ("跳到正文", "Skip to the content"), "slots": ("出处", "Slots"),
    "sort_up": ("升序", "ascending"), "sort_down": ("降序", "descending"), "source": ("来源", "Source"),
    "start": ("起", "Start"), "status": ("状态", "Status"), "subject": ("主体", "Subject"),
    "subtitle": ("中文新闻指标的出处与核对", "figures of Chinese news, at their place in the text"),
    "table": ("数据表", "Table"), "target": ("目标", "target"), "targets": ("目标", "Targets"), "text": ("正文", "Text"),
    "theme": ("深浅色", "Light / dark"), "time": ("时间", "Time"), "times": ("时间", "Times"), "title": ("标题", "Title"),
    "too_slow": ("查询太久，请缩小筛选范围。", "The query took too long; narrow the filter."), "type": ("类型", "Type"),
    "undo": ("撤销", "Undo"), "unit": ("单位", "Unit"), "value": ("数值", "Value"), "value_max": ("上限", "Upper end"),
    "verdict": ("评定", "Verdict"), "v.met": ("达成", "met"), "v.missed": ("未达成", "missed"), "v.open": ("未到期", "open"),
    "v.unknown": ("未知", "unknown"), "r.agree": ("一致", "agree"), "r.refine": ("更精确", "refine"),
    "r.conflict": ("冲突", "conflict"), "wrong": ("错", "Wrong"), "names_hint": ("多个名称用 | 分开", "several names: part with |"),
    "s.quantity": ("量", "Q"), "s.time": ("时", "T"), "s.company": ("企", "C"), "s.indicator": ("指", "I"),
    "s.subject": ("主", "S"), "s.cue": ("目", "P"), "first_period": ("首期", "First"), "last_period": ("末期", "Last"),
    "by_whom": ("审阅记录", "Reviews"),
}  # fmt: skip


def words(language: str) -> dict[str, str]:
    """Every word of the interface by its key."""
    at = LANGUAGES.index(language)
    return {key: pair[at] for key, pair in _WORDS.items()}


def language(asked: str | None, accepted: str) -> str:
    """The language asked for, else the first one of the browser's that there is, else Chinese."""
    if asked in LANGUAGES:
        return str(asked)
    wanted = (part.split(";")[0].strip()[:2].lower() for part in accepted.split(","))
    return next((w for w in wanted if w in LANGUAGES), "zh")
