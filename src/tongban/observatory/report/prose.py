"""The sentences of the report, worked out from the results, in Chinese and English."""

from tongban.observatory.qca.analysis import Analysis, TableResult
from tongban.observatory.qca.diversity import Diversity
from tongban.observatory.qca.enhanced import Enhanced
from tongban.observatory.qca.extras import Extras
from tongban.observatory.qca.minimise import Solution
from tongban.observatory.qca.paths import ResultTable
from tongban.observatory.qca.robustness import PathVerdict, Range, Robustness
from tongban.observatory.qca.sensitivity import RESOLUTION, STEPS
from tongban.observatory.qca.tolerance import meets
from tongban.observatory.report.words import word
from tongban.observatory.study.language import Language, listed

SHOWN_NUMBERS = 24


class Prose:
    """Sentences in one language."""

    def __init__(self, analysis: Analysis, extras: Extras, language: Language) -> None:
        self.analysis = analysis
        self.extras = extras
        self.language = language

    def say(self, chinese: str, english: str) -> str:
        return chinese if self.language == "zh" else english

    def names(self, cases: tuple[int, ...]) -> str:
        return listed([self.analysis.sets.cases[at] for at in cases], self.language)

    def summary(self) -> list[str]:
        """What was found, in a few sentences."""
        study, cases = self.analysis.study, len(self.analysis.sets.cases)
        outcome = study.label(study.outcome, self.language)
        sentences = [
            self.say(
                f"本研究用定性比较分析考察{cases}个案例、{len(study.conditions)}个条件与结果“{outcome}”之间的组态关系。",
                f"This study examines by qualitative comparative analysis how {len(study.conditions)} conditions combine "
                f"in {cases} cases to bring about “{outcome}”.",
            )
        ]
        for table, shown in zip(self.analysis.tables, self.extras.results, strict=True):
            label = table.request.label
            if shown is None:
                sentences.append(
                    self.say(f"没有任何组态达到{label}的阈值。", f"No configuration meets the cut-offs for {label}.")
                )
                continue
            sentences.append(
                self.say(
                    f"通向{label}的路径有{len(shown.paths)}条，总体一致性{shown.fit.consistency:.3f}，"
                    f"PRI {shown.fit.pri:.3f}，总体覆盖度{shown.fit.coverage:.3f}。",
                    f"{_count(len(shown.paths), 'path leads', 'paths lead')} to {label}: solution consistency "
                    f"{shown.fit.consistency:.3f}, PRI {shown.fit.pri:.3f}, solution coverage {shown.fit.coverage:.3f}.",
                )
            )
        return sentences

    def halves(self) -> str | None:
        found = self.analysis.sets.halves
        if not found:
            return None
        which = listed([f"{note.case} ({note.column})" for note in found], self.language)
        treated = sorted({note.treated for note in found})
        return self.say(
            f"警告：{len(found)}个隶属度恰为0.5：{which}；处理方式：{'、'.join(treated)}。恰为0.5的案例不属于真值表的任何一行。",
            f"Warning: {_count(len(found), 'membership is', 'memberships are')} exactly 0.5: {which}; treatment: "
            f"{', '.join(treated)}. A case at exactly 0.5 belongs to no row of the truth table.",
        )

    def diversity(self, found: Diversity) -> list[str]:
        sentences = [
            self.say(
                f"{len(self.analysis.study.conditions)}个条件构成{found.rows}个可能组态，{found.cases}个案例占据其中"
                f"{found.observed}个；其余{found.remainders}个（{found.remainder_share:.0%}）为逻辑余项，没有案例。",
                f"{len(self.analysis.study.conditions)} conditions make {found.rows} possible configurations; "
                f"{found.cases} cases fill {found.observed} of them. The other {found.remainders} "
                f"({found.remainder_share:.0%}) are logical remainders without a case.",
            )
        ]
        if found.unplaced:
            sentences.append(
                self.say(
                    f"{found.unplaced}个案例因隶属度恰为0.5而不属于任何组态。",
                    f"{_count(found.unplaced, 'case belongs', 'cases belong')} to no row because of a membership of "
                    "exactly 0.5.",
                )
            )
        if found.crowded:
            sentences.append(
                self.say(
                    f"可能组态多于案例：简约解和中间解依赖对余项的假设。{found.cases}个案例宜用不超过{found.advised}个条件。",
                    "There are more possible configurations than cases, so parsimonious and intermediate solutions rest "
                    f"on assumptions about remainders. For {found.cases} cases at most {found.advised} conditions are "
                    "advisable.",
                )
            )
        skewed = [f"{item.column} ({item.share:.0%})" for item in found.skewness if item.skewed]
        sentences.append(
            self.say(
                f"偏斜的集合（隶属度大于0.5的案例不足20%或超过80%）：{listed(skewed, 'zh')}。",
                f"Skewed sets (fewer than 20 % or more than 80 % of the cases in): {listed(skewed, 'en')}.",
            )
        )
        return sentences

    def single_case_paths(self, shown: ResultTable) -> str | None:
        lonely = [f"{path.label} ({self.names(path.term.cases)})" for path in shown.paths if len(path.term.cases) == 1]
        if not lonely:
            return None
        return self.say(
            f"只覆盖一个案例的路径：{'、'.join(lonely)}。", f"Paths that cover a single case: {', '.join(lonely)}."
        )

    def necessity(self) -> list[str]:
        cut = self.analysis.study.necessity.incl_cut
        sentences = []
        for part in self.analysis.necessity:
            passing = [item for item in part.single if meets(item.necessity.consistency, cut)]
            if not passing:
                sentences.append(
                    self.say(
                        f"没有单个条件的必要一致性达到{cut:g}，因此没有条件是{part.outcome}的必要条件。",
                        f"No single condition reaches a necessity consistency of {cut:g} for {part.outcome}.",
                    )
                )
                continue
            which = listed(
                [
                    f"{item.literal} ({item.necessity.consistency:.3f}, RoN {item.necessity.relevance:.3f})"
                    for item in passing
                ],
                self.language,
            )
            sentences.append(
                self.say(
                    f"{part.outcome}的必要条件（一致性不低于{cut:g}）：{which}。相关性（RoN）低表示该条件近乎恒定，必要性意义不大。",
                    f"Necessary for {part.outcome} (consistency at least {cut:g}): {which}. A low relevance (RoN) means "
                    "that the condition is nearly always there, so that its necessity says little.",
                )
            )
        return sentences

    def cuts(self, result: TableResult) -> str:
        cuts = result.request.cuts
        expected = [
            f"{name}={'+'.join(map(str, sorted(values)))}"
            for name, values in result.request.expectations.items()
            if values is not None
        ]
        text = self.say(
            f"选择：一致性阈值{cuts.consistency:g}，PRI阈值{cuts.pri:g}，频数阈值{cuts.frequency}；方向预期：{listed(expected, 'zh')}。",
            f"Choices: consistency cut {cuts.consistency:g}, PRI cut {cuts.pri:g}, frequency cut {cuts.frequency}; "
            f"directional expectations: {listed(expected, 'en')}.",
        )
        for edit in result.table.edits:
            text += self.say(
                f"研究者决定：第{edit.row}行取{edit.out}，理由：{edit.reason}。",
                f" Decision: row {edit.row} is taken as {edit.out} because {edit.reason}.",
            )
        return text

    def solution(self, solution: Solution) -> str:
        covers = solution.covers
        name = word(solution.kind, self.language)
        if not covers.proven:
            return self.say(
                f"{name}：时限内找到{covers.size}项的模型；已证明不少于{covers.bound}项，是否最小未证明。",
                f"{_capital(name)}: the best model found in time has {covers.size} terms; at least {covers.bound} are "
                "proven to be needed, its minimality is not proven.",
            )
        exact = "" if covers.complete_count else self.say("至少", "at least ")
        listed_part = (
            "" if covers.complete else self.say(f"（列出{len(covers.models)}个）", f" ({len(covers.models)} listed)")
        )
        return self.say(
            f"{name}：{len(solution.primes)}个质蕴含项；最小模型含{covers.size}项，共{exact}{covers.count}个{listed_part}，最小性已证明。",
            f"{_capital(name)}: {_count(len(solution.primes), 'prime implicant', 'prime implicants')}; the minimum is "
            f"{_count(covers.size, 'term', 'terms')}, reached by {exact}{_count(covers.count, 'model', 'models')}{listed_part}; "
            "minimality is proven.",
        )

    def shown_first(self, shown: ResultTable) -> str:
        others = shown.alternatives
        rule = self.say(
            "首先展示的模型按项数、文字数、PRI的次序选出。",
            "The model shown first is chosen by terms, literals and PRI.",
        )
        if not others:
            return rule + self.say("没有其他同样符合的中间解模型。", " No other intermediate model fits as well.")
        return rule + self.say(
            f"另有{others}个中间解模型同样符合真值表（模型模糊性），见模型表。",
            f" {_count(others, 'other intermediate model fits', 'other intermediate models fit')} the truth table as "
            "well (model ambiguity); the table of models lists them.",
        )

    def enhanced(self, found: Enhanced) -> list[str]:
        def rows(numbers: list[int]) -> str:
            text = listed([str(number) for number in numbers[:SHOWN_NUMBERS]], self.language)
            return text + (
                self.say(f"……共{len(numbers)}行", f" … {len(numbers)} in all") if len(numbers) > SHOWN_NUMBERS else ""
            )

        return [
            self.say("矛盾的简化假设（余项）：", "Contradictory assumptions (remainders): ")
            + rows(found.contradictory),
            self.say("与必要条件相悖的假设：", "Assumptions against necessity: ") + rows(found.against_necessity),
            self.say("不可能的余项：", "Impossible remainders: ") + rows(found.impossible),
            self.say("对结果及其否定同为1的行：", "Rows positive for the outcome and its negation: ")
            + rows(found.simultaneous),
        ]

    def robustness(self, report: Robustness) -> list[str]:
        fit = report.fit
        sentences = [
            self.say(
                f"共{len(report.tests)}个检验解。RF_cov {_figure(fit.rf_cov)}，RF_cons {_figure(fit.rf_cons)}，"
                f"RF_SC_minTS {_figure(fit.rf_sc_min)}，RF_SC_maxTS {_figure(fit.rf_sc_max)}（1为完全稳健）。",
                f"{len(report.tests)} test solutions. RF_cov {_figure(fit.rf_cov)}, RF_cons {_figure(fit.rf_cons)}, "
                f"RF_SC_minTS {_figure(fit.rf_sc_min)}, RF_SC_maxTS {_figure(fit.rf_sc_max)} (1 is perfect robustness).",
            )
        ]
        empty = [test.change for test in report.tests if not test.terms]
        if empty:
            sentences.append(
                self.say(
                    f"{len(empty)}个检验解为空（{listed(empty[:6], 'zh')}），因此全部检验解的交集为空；各类检验的数值见下表。",
                    f"{_count(len(empty), 'test solution is', 'test solutions are')} empty ({listed(empty[:6], 'en')}), "
                    "so the intersection of all is empty; the table below has the figures of each family of tests.",
                )
            )
        return sentences

    def path_verdict(self, path: PathVerdict) -> str:
        total = sum(path.counts.values())
        counts = path.counts
        where = ""
        losses = {family: found["absent"] / sum(found.values()) for family, found in path.families.items()}
        worst = max(losses, key=losses.__getitem__, default=None)
        if worst is not None and losses[worst]:
            name = word("anchors_family" if worst == "anchors" else worst, self.language)
            lost, of = path.families[worst]["absent"], sum(path.families[worst].values())
            where = self.say(
                f"最易消失于：{name}（{lost}/{of}）。", f" It is lost most often with: {name} ({lost} of {of})."
            )
        return self.say(
            f"在{total}个检验解中，{counts['same']}个原样出现，{counts['superset']}个以更少的条件出现，"
            f"{counts['subset']}个以更多的条件出现，{counts['absent']}个中消失。{where}",
            f"Of {total} test solutions {counts['same']} contain it as it is, {counts['superset']} with fewer conditions, "
            f"{counts['subset']} with more, and {counts['absent']} not at all.{where}",
        )

    def anchor_ranges(self, report: Robustness) -> str:
        """What was moved, how finely, and which anchors are the tightest."""
        ends = [(found, end) for found in report.anchor_ranges for end in (found.low, found.high)]
        moved = sum(end.limit == "solution" for _, end in ends)
        free = [found for found in report.anchor_ranges if "solution" not in {found.low.limit, found.high.limit}]
        return self.say(
            f"每次只移动一个校准锚点，其余不动，保持次序且不出数据范围：{len(report.anchor_ranges)}个锚点的{len(ends)}个方向中，"
            f"{moved}个方向上解会改变；{len(free)}个锚点在整个范围内移动而解不变。交叉点逐个检查原始数值及其间隔的中点，"
            f"另两个锚点检查等距的{STEPS}处，再以二分法定到数据范围的{RESOLUTION:.1%}；两处之间一闪而过的改变看不到。"
            "对真值表的人工修改不计入。",
            f"Each calibration anchor was moved on its own, in its place among the others and within the data's range: "
            f"of {len(ends)} directions of {len(report.anchor_ranges)} anchors, the solution changes in {moved}; "
            f"{len(free)} anchors move over all of their range without a change. The crossover was tried at every raw "
            f"figure and between each two, the other anchors at {STEPS} even stops; bisection then found the limit to "
            f"{RESOLUTION:.1%} of the data's range. A change that comes and goes between two stops stays unseen. "
            "Edits of the truth table are set aside.",
        )

    def range(self, found: Range) -> str:
        name = word(found.name, self.language)
        low, high = (
            None if value is None else f"{value:.3f}".rstrip("0").rstrip(".") for value in (found.low, found.high)
        )
        below = (
            self.say("任意更低的值", "from any lower value")
            if low is None
            else self.say(f"大于{low}", f"from above {low}")
        )
        above = (
            self.say("任意更高的值", "to any higher value")
            if high is None
            else self.say(f"不超过{high}", f"up to {high}")
        )
        return self.say(
            f"{name}（所选{found.chosen:g}）：取值范围“{below}，{above}”内解不变。",
            f"{_capital(name)} (chosen {found.chosen:g}): the solution stays the same {below} {above}.",
        )


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _figure(value: float) -> str:
    return "–" if value != value else f"{value:.3f}"  # noqa: PLR0124 - not-a-number
