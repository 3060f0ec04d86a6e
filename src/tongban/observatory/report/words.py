"""The fixed words of tables, figures and reports, Chinese and English side by side."""

from tongban.observatory.qca.request import LANGUAGES, Language, Text

WORDS: dict[str, Text] = {
    "absent": ("缺席", "absent"),
    "accuracy": ("精度", "accuracy"),
    "alternatives": ("其他同样符合的模型", "other models that fit as well"),
    "anchors": ("锚点（完全不隶属 / 交叉点 / 完全隶属）", "anchors (out / crossover / in)"),
    "bottleneck": ("瓶颈水平（%）", "Bottleneck table (%)"),
    "calibration": ("变量校准", "Calibration"),
    "case": ("案例", "Case"),
    "cases": ("案例", "cases"),
    "ceiling": ("上限技术", "ceiling"),
    "change": ("改动", "change"),
    "column": ("变量", "variable"),
    "complete": ("完整且已证明", "complete and proven"),
    "complex": ("复杂解", "complex solution"),
    "condition": ("条件", "condition"),
    "consistency": ("一致性", "consistency"),
    "count": ("次数", "count"),
    "coverage": ("覆盖度", "coverage"),
    "covered_uniquely": ("仅由该路径覆盖的案例", "uniquely covered cases"),
    "crossover": ("交叉点", "crossover"),
    "definition": ("操作化定义", "operational definition"),
    "deviant": ("一致性偏差案例", "deviant cases in consistency"),
    "dictionary": ("变量说明", "Data dictionary"),
    "difficult": ("困难反事实", "difficult counterfactuals"),
    "dimension": ("维度", "dimension"),
    "easy": ("简单反事实", "easy counterfactuals"),
    "effect": ("效应量 d", "effect size d"),
    "family": ("检验", "test"),
    "half": ("恰为0.5的处理", "treatment of exact 0.5"),
    "intermediate": ("中间解", "intermediate solution"),
    "label": ("名称", "name"),
    "log_odds": ("对数几率", "log odds"),
    "membership_in": ("隶属度：", "membership in "),
    "method": ("方法", "method"),
    "missing": ("缺失年份", "missing years"),
    "model": ("模型", "model"),
    "models": ("模型", "Models"),
    "n": ("案例数", "cases"),
    "nca": ("必要条件分析（NCA）", "Necessary condition analysis (NCA)"),
    "necessity": ("单个条件的必要性", "Necessity of single conditions"),
    "necessity_or": ("必要的条件组合", "Necessary combinations"),
    "not_necessary": ("不必要", "NN"),
    "number": ("行", "row"),
    "outcome": ("结果", "outcome"),
    "out": ("结果值", "OUT"),
    "overall": ("总体", "overall"),
    "panel": ("面板一致性与覆盖度", "Panel consistency and coverage"),
    "parsimonious": ("简约解", "parsimonious solution"),
    "path": ("路径", "path"),
    "paths": ("组态路径", "Paths"),
    "presence": ("出现", "present"),
    "raw_coverage": ("原始覆盖度", "raw coverage"),
    "relevance": ("相关性 RoN", "relevance (RoN)"),
    "robust_paths": ("路径的稳健性", "Robustness of paths"),
    "robust_tests": ("稳健性检验的全部检验解", "All test solutions of the robustness report"),
    "row": ("行", "row"),
    "same": ("相同", "same"),
    "scores": ("校准后的隶属度", "Calibrated memberships"),
    "solution": ("解", "solution"),
    "solution_consistency": ("总体一致性", "solution consistency"),
    "solution_coverage": ("总体覆盖度", "solution coverage"),
    "source": ("数据来源", "source"),
    "subset": ("子集（条件更多）", "subset (more conditions)"),
    "superset": ("超集（条件更少）", "superset (fewer conditions)"),
    "terms": ("路径", "terms"),
    "truth_table": ("真值表", "Truth table"),
    "typical": ("典型案例", "typical cases"),
    "uncovered": ("覆盖度偏差案例（未被解释）", "deviant cases in coverage (unexplained)"),
    "unique_coverage": ("唯一覆盖度", "unique coverage"),
    "value": ("值", "value"),
    "verdict": ("结论", "verdict"),
    "robust": ("稳健", "robust"),
    "mostly robust": ("基本稳健", "mostly robust"),
    "sensitive": ("敏感", "sensitive"),
    "fragile": ("脆弱", "fragile"),
    "incl_cut": ("一致性阈值", "consistency cut"),
    "pri_cut": ("PRI阈值", "PRI cut"),
    "n_cut": ("频数阈值", "frequency cut"),
    "shifted anchors": ("锚点平移", "shifted anchors"),
    "anchors_family": ("锚点", "anchors"),
    "case left out": ("剔除一个案例", "one case left out"),
    "condition left out": ("剔除一个条件", "one condition left out"),
    "subsample": ("随机子样本", "random subsample"),
    "direct": ("直接法", "direct"),
    "linear": ("线性", "linear"),
    "bell": ("钟形", "bell"),
    "crisp": ("清晰集", "crisp"),
    "indirect": ("间接法", "indirect"),
    "none": ("无", "none"),
}


def word(key: str, language: Language) -> str:
    """A fixed word in the reader's language."""
    return WORDS[key][LANGUAGES.index(language)]


def pick(text: Text, language: Language) -> str:
    return text[LANGUAGES.index(language)]


def listed(items: list[str] | tuple[str, ...], language: Language) -> str:
    """Names in a row, or the word for none."""
    if not items:
        return word("none", language)
    return ("、" if language == "zh" else ", ").join(items)
