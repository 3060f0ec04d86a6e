"""The fixed words of panel tables, figures and reports, Chinese and English side by side."""

from tongban.observatory.panel.analysis import Estimate
from tongban.observatory.panel.request import PanelStudy
from tongban.observatory.study.language import Language, Text, pick

WORDS: dict[str, Text] = {
    "variable": ("变量", "variable"),
    "label": ("名称", "name"),
    "dimension": ("维度", "dimension"),
    "definition": ("操作化定义", "operational definition"),
    "source": ("数据来源", "source"),
    "missing": ("缺失年份", "missing years"),
    "dictionary": ("变量说明", "Data dictionary"),
    "made": ("构造", "how it is made"),
    "descriptives": ("描述性统计", "Descriptive statistics"),
    "n": ("观测数", "N"),
    "mean": ("均值", "mean"),
    "sd": ("标准差", "SD"),
    "minimum": ("最小值", "min"),
    "p25": ("25%分位", "25 %"),
    "median": ("中位数", "median"),
    "p75": ("75%分位", "75 %"),
    "maximum": ("最大值", "max"),
    "between": ("组间标准差", "SD between"),
    "within": ("组内标准差", "SD within"),
    "correlations": ("相关系数", "Correlations"),
    "vif": ("方差膨胀因子（VIF）", "Variance inflation (VIF)"),
    "gaps": ("缺失值：按变量与时期", "Missing values by variable and period"),
    "regression": ("回归结果", "Regression results"),
    "constant": ("常数项", "Constant"),
    "entity_effects": ("个体固定效应", "Entity fixed effects"),
    "period_effects": ("时期固定效应", "Period fixed effects"),
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "random": ("随机", "random"),
    "estimator": ("估计方法", "Estimator"),
    "outcome": ("被解释变量", "Outcome"),
    "entities": ("个体数", "Entities"),
    "periods": ("时期数", "Periods"),
    "r2_within": ("R²（组内）", "R² within"),
    "r2_between": ("R²（组间）", "R² between"),
    "r2_overall": ("R²（总体）", "R² overall"),
    "r2_total": ("R²（含效应）", "R² with effects"),
    "r2_adjusted": ("调整R²", "Adjusted R²"),
    "f": ("F", "F"),
    "convention": ("标准误", "Standard errors"),
    "tests": ("检验", "Tests"),
    "test": ("检验", "test"),
    "statistic": ("统计量", "statistic"),
    "df": ("自由度", "df"),
    "note": ("说明", "note"),
    "hypotheses": ("假设检验结果", "Hypotheses"),
    "hypothesis": ("假设", "hypothesis"),
    "expected": ("预期", "expected"),
    "coefficient": ("系数", "coefficient"),
    "verdict": ("结论", "verdict"),
    "reported": ("原研究报告", "reported"),
    "agrees": ("与原研究一致", "agrees"),
    "robustness": ("稳健性检验", "Robustness"),
    "variations": ("全部稳健性估计", "All robustness estimates"),
    "family": ("检验", "test"),
    "change": ("改动", "change"),
    "steadiness": ("系数的稳健性", "How steady the coefficients are"),
    "main": ("主模型", "main"),
    "count": ("次数", "estimates"),
    "same_sign": ("同号", "same sign"),
    "significant": ("同号且显著", "same sign, significant"),
    "lowest": ("最小系数", "lowest"),
    "highest": ("最大系数", "highest"),
    "heterogeneity": ("分组回归", "By group"),
    "group": ("组", "group"),
    "problem": ("问题", "problem"),
    "spread": ("各种标准误的差别", "What conventions of standard errors change"),
    "std_error": ("标准误", "std. error"),
    "none": ("混合回归", "pooled"),
    "entity": ("个体固定效应", "entity effects"),
    "time": ("时期固定效应", "period effects"),
    "twoways": ("双向固定效应", "two-way effects"),
    "random_effects": ("随机效应", "random effects"),
    "between_effects": ("组间估计", "between"),
    "first_difference": ("一阶差分", "first differences"),
    "positive": ("正向", "positive"),
    "negative": ("负向", "negative"),
    "no effect": ("无影响", "none"),
    "supported": ("支持", "supported"),
    "not supported": ("不支持", "not supported"),
    "opposite": ("方向相反", "opposite"),
    "not estimated": ("无法估计", "not estimated"),
    "reported significant": ("显著", "significant"),
    "reported not significant": ("不显著", "not significant"),
    "alternative outcome": ("替换被解释变量", "alternative outcome"),
    "lagged regressors": ("解释变量滞后", "lagged regressors"),
    "left out": ("剔除样本", "left out"),
    "without one": ("逐一剔除个体", "without one entity"),
    "sub-period": ("子时期", "sub-period"),
    "winsorised": ("缩尾", "winsorised"),
    "f-effects": ("固定效应的F检验", "F of the effects"),
    "breusch-pagan": ("Breusch–Pagan LM检验", "Breusch-Pagan LM"),
    "hausman": ("Hausman检验", "Hausman"),
    "wooldridge": ("Wooldridge序列相关检验", "Wooldridge serial correlation"),
    "pesaran-cd": ("Pesaran CD检验", "Pesaran CD"),
}

CONVENTIONS: dict[str, Text] = {
    "classical": ("经典标准误（同方差）", "classical, equal variances"),
    "HC1": ("异方差稳健（HC1）", "heteroskedasticity-robust (HC1)"),
    "fixest": (
        "按{cluster}聚类，fixest约定：G/(G−1)·(N−1)/(N−K)，K不计嵌套效应",
        "clustered by {cluster}, as fixest: G/(G-1)·(N-1)/(N-K), nested effects not in K",
    ),
    "areg": (
        "按{cluster}聚类，Stata areg约定：K计入全部效应",
        "clustered by {cluster}, as Stata's areg: K counts all effects",
    ),
    "plm-HC0": (
        "按{cluster}聚类（Arellano），plm HC0：无小样本修正",
        "clustered by {cluster} (Arellano), plm HC0: no correction",
    ),
    "plm-HC1": ("按{cluster}聚类（Arellano），plm HC1：N/(N−k)", "clustered by {cluster} (Arellano), plm HC1: N/(N-k)"),
    "plm-sss": (
        "按{cluster}聚类（Arellano），plm sss：G/(G−1)·(N−1)/(N−k)",
        "clustered by {cluster} (Arellano), plm sss: G/(G-1)·(N-1)/(N-k)",
    ),
    "linearmodels": ("按{cluster}聚类，linearmodels约定：N/(N−K)", "clustered by {cluster}, as linearmodels: N/(N-K)"),
    "two-way": ("按{cluster}与时期双向聚类", "clustered two ways, by {cluster} and period"),
    "driscoll-kraay": ("Driscoll–Kraay（plm vcovSCC）", "Driscoll-Kraay (plm's vcovSCC)"),
    "CRV3": ("按{cluster}聚类，CRV3（逐一剔除聚类）", "clustered by {cluster}, CRV3 (cluster jackknife)"),
    "wild": (
        "按{cluster}聚类；p值与区间来自wild聚类自助法",
        "clustered by {cluster}; p and interval from the wild cluster bootstrap",
    ),
}

EFFECTS_KEYS = {"random": "random_effects", "between": "between_effects"}


def word(key: str, language: Language) -> str:
    """A fixed word in the reader's language."""
    return pick(WORDS[key], language)


def effects_word(effects: str, language: Language) -> str:
    return word(EFFECTS_KEYS.get(effects, effects), language)


def convention_text(found: Estimate, study: PanelStudy, language: Language) -> str:
    """The convention of an estimate in words, with what it was clustered by."""
    asked = found.request.cluster
    column = {"entity": study.entity, "period": study.period, "group": study.group or asked}.get(asked, asked)
    cluster = study.label(column, language)
    text = pick(CONVENTIONS[found.request.se], language).format(cluster=cluster)
    return f"{found.request.se}：{text}" if language == "zh" else f"{found.request.se}: {text}"
