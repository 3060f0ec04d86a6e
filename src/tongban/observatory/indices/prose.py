"""The sentences of the report of an index study, worked out from the results, in Chinese and English."""

from collections.abc import Mapping, Sequence

from tongban.observatory.indices.benchmark import Benchmark, Closing
from tongban.observatory.indices.naming import Naming
from tongban.observatory.indices.published import Item, Published
from tongban.observatory.indices.request import LevelTableRequest, Rule, StageRequest
from tongban.observatory.indices.stages import Stages
from tongban.observatory.study.language import listed

NAMED = 12
"""More entities than this are counted in a sentence, not named."""


class Prose(Naming):
    """Sentences in one language."""

    def bounds(self, request: LevelTableRequest) -> str:
        """What the levels mean, and what was multiplied before."""
        levels = request.levels
        text = self.say("；", "; ").join(
            f"{levels.label(level, self.language)} {levels.range(level)}" for level in range(levels.top, 0, -1)
        )
        text = self.say(f"等级：{text}。", f"Levels: {text}.")
        if request.weights:
            given = listed([f"{period} × {weight:g}" for period, weight in request.weights], self.language)
            text += self.say(f"定级前先加权：{given}。", f" Values are multiplied before grading: {given}.")
        return text

    def rule(self, rule: Rule) -> str:
        if rule == "first-last":
            return self.say(
                "规则：只比较首末两期的等级，中间的起伏不计。",
                "Rule: the level in the first and in the last report; what happens between does not count.",
            )
        if rule == "lowest-later-highest":
            return self.say(
                "规则：从最低等级（首次出现时）到其后达到的最高等级；按此规则没有下降。",
                "Rule: from the lowest level, at its first time, to the highest reached from then on; by this rule nobody falls.",
            )
        return self.say("规则：列出等级的全部变动顺序。", "Rule: every sequence of levels, as it happened.")

    def sample(self) -> list[str]:
        sample, study = self.analysis.sample, self.analysis.study
        periods = self.analysis.periods
        lines = [
            self.say(
                f"数据文件{study.data_file.name}：{self.analysis.rows}行，{sample.in_data}个实体，{len(periods)}期（{periods[0]}–{periods[-1]}）；"
                f"样本为{sample.entities}个实体。",
                f"Data file {study.data_file.name}: {self.analysis.rows} rows, {sample.in_data} entities, {len(periods)} "
                f"periods ({periods[0]} to {periods[-1]}); the sample has {sample.entities} entities.",
            )
        ]
        if study.sample.file:
            flag = (
                self.say(f"中{sample.flag}为1者", f" with {sample.flag} = 1")
                if sample.flag
                else self.say("中所列者", "")
            )
            lines.append(
                self.say(
                    f"样本规则：{study.sample.file.name}{flag}。",
                    f"Sample rule: those in {study.sample.file.name}{flag}.",
                )
            )
        if study.sample.balanced:
            on = listed([self.index(name) for name in study.sample.balanced_on], self.language)
            lines.append(
                self.say(
                    f"样本规则：平衡面板，{on}在每一期都被调查；因此剔除{sample.unbalanced_count}个实体。",
                    f"Sample rule: a balanced panel, surveyed in {on} in every period; {sample.unbalanced_count} entities are "
                    "left out.",
                )
            )
        if study.sample.missing is not None or study.sample.empty_is_missing:
            sign = self.say("空白", "an empty cell") if study.sample.empty_is_missing else f"{study.sample.missing:g}"
            lines.append(self.say(f"{sign}表示未被调查。", f"Not surveyed is written as {sign}."))
        if sample.unsurveyed:
            holes = self.say("；", "; ").join(
                f"{self.entity(entity)} ({', '.join(map(str, periods))})"
                for entity, periods in sample.unsurveyed[:NAMED]
            )
            treated = (
                self.say("按最低等级计", "counted in the lowest level")
                if study.sample.not_surveyed == "lowest"
                else self.say("不计入各等级", "left out of the counts")
            )
            lines.append(
                self.say(
                    f"样本中曾未被调查者：{holes}；{treated}。", f"Members not always surveyed: {holes}; {treated}."
                )
            )
        if sample.not_in_data:
            lines.append(
                self.say(
                    f"样本名单中没有数据者：{self.entities(sample.not_in_data)}。",
                    f"Members without data: {self.entities(sample.not_in_data)}.",
                )
            )
        return lines

    def summary(self) -> list[str]:
        """What was found, in a few sentences."""
        analysis = self.analysis
        lines = [
            self.say(
                f"本研究比较{analysis.sample.entities}个实体在{len(analysis.periods)}期报告（{analysis.periods[0]}–{analysis.periods[-1]}）中的指数与等级。",
                f"This study compares the index and levels of {analysis.sample.entities} entities over "
                f"{len(analysis.periods)} reports ({analysis.periods[0]} to {analysis.periods[-1]}).",
            )
        ]
        if analysis.transitions:
            moves = analysis.transitions[0]
            first, last = moves.periods[0], moves.periods[-1]
            rule = self.word(moves.request.rule)
            lines.append(
                self.say(
                    f"{first}至{last}年（{rule}），{self.index(moves.request.index)}等级上升{moves.raised}个、不变{moves.unchanged}个、下降{moves.lowered}个。",
                    f"From {first} to {last} ({rule}), {moves.raised} rose in their level of "
                    f"{self.index(moves.request.index)}, {moves.unchanged} kept it and {moves.lowered} fell.",
                )
            )
        for found in analysis.benchmarks[:1]:
            lines += self.closing(found)[:1]
        if analysis.published:
            cells = sum(item.cells for item in analysis.published)
            equal = sum(item.cells_equal for item in analysis.published)
            lines.append(
                self.say(
                    f"与已发表的表格逐项核对：可核对的{cells}个数字中{equal}个一致。",
                    f"Held against published tables, {equal} of {cells} comparable figures are equal.",
                )
            )
        return lines

    def transitions(self, at: int) -> list[str]:
        found = self.analysis.transitions[at]
        movement = found.movement
        lines = [
            self.say(
                f"上升{found.raised}个，不变{found.unchanged}个，下降{found.lowered}个。",
                f"{found.raised} rose, {found.unchanged} kept their level, {found.lowered} fell.",
            ),
            self.say(
                f"逐期看：只升{movement['rose'].count}个，只降{movement['fell'].count}个，有升有降{movement['fluctuated'].count}个，始终不变{movement['stable'].count}个。",
                f"Report by report: {movement['rose'].count} only rose, {movement['fell'].count} only fell, "
                f"{movement['fluctuated'].count} rose and fell, {movement['stable'].count} never moved.",
            ),
        ]
        if found.without:
            lines.append(
                self.say(
                    f"{found.without}个实体在所需的报告年没有等级，未计入。",
                    f"{found.without} entities have no level where the rule needs one and are not counted.",
                )
            )
        return lines

    def peers(self, found: Benchmark) -> str:
        names = self.entities(found.peers)
        if found.request.peers is None:
            return self.say(
                f"对标对象为始终处于最高等级者：{names}。", f"Peers: those who never left the top level: {names}."
            )
        return self.say(f"对标对象：{names}。", f"Peers: {names}.")

    def closing(self, found: Benchmark) -> list[str]:
        """What became of the gaps."""
        lines = []
        entity = self.entity(found.request.entity)
        for item in found.closing:
            index = self.index(item.index)
            turn = self._turn(item)
            lines.append(
                self.say(
                    f"{entity}的{index}与对标均值之差由{item.first}年的{item.gap_first:+.3f}变为{item.last}年的{item.gap_last:+.3f}，{turn}。",
                    f"{entity}'s gap to its peers in {index} went from {item.gap_first:+.3f} in {item.first} to "
                    f"{item.gap_last:+.3f} in {item.last}: {turn}.",
                )
            )
        return lines

    def _turn(self, item: Closing) -> str:
        """What became of one gap, in a few words."""
        ahead, was_ahead = item.gap_last >= 0, item.gap_first >= 0
        smaller = abs(item.gap_last) < abs(item.gap_first)
        if ahead and not was_ahead:
            return self.say("已反超", "it is now ahead")
        if was_ahead and not ahead:
            return self.say("已落后", "it has fallen behind")
        if was_ahead:
            shrank = self.say(f"领先幅度缩小了{item.closed:.0%}", f"its lead shrank by {item.closed:.0%}")
            return shrank if smaller else self.say("领先幅度没有缩小", "its lead did not shrink")
        if smaller:
            return self.say(f"差距缩小了{item.closed:.0%}", f"the gap closed by {item.closed:.0%}")
        return self.say("差距没有缩小", "the gap did not close")

    def largest_part(self, found: Benchmark) -> str | None:
        """Where most of the gap of the composite came from in the last period."""
        composite = self.analysis.study.composite
        if not found.decomposed or composite is None:
            return None
        last = found.decomposed[-1]
        biggest = max(last.shares, key=lambda share: abs(share.contribution))
        return self.say(
            f"{last.period}年{self.index(composite.index)}的差距{last.gap:+.3f}中，{self.index(biggest.part)}的贡献最大（{biggest.contribution:+.3f}）。",
            f"Of the gap of {last.gap:+.3f} in {self.index(composite.index)} in {last.period}, most came from "
            f"{self.index(biggest.part)} ({biggest.contribution:+.3f}).",
        )

    def convergence(self) -> list[str]:
        lines = []
        for found in self.analysis.convergence:
            first, last = found.spread[0], found.spread[-1]
            fell = last.sd < first.sd
            index = self.index(found.index)
            lines.append(
                self.say(
                    f"{index}的标准差由{first.period}年的{first.sd:.3f}{'降' if fell else '升'}至{last.period}年的{last.sd:.3f}，变异系数由{first.cv:.3f}变为{last.cv:.3f}。",
                    f"The standard deviation of {index} {'fell' if fell else 'rose'} from {first.sd:.3f} in {first.period} to "
                    f"{last.sd:.3f} in {last.period}, its coefficient of variation went from {first.cv:.3f} to {last.cv:.3f}.",
                )
            )
        return lines

    def stage_rule(self, request: StageRequest) -> str:
        if request.threshold is not None:
            return self.say(
                f"规则：较上一期增加至少{request.threshold:g}个时，开始新的阶段。",
                f"Rule: a rise of at least {request.threshold:g} since the report before begins a new stage.",
            )
        return self.say(
            f"规则：增幅最大的{request.cuts}期开始新的阶段。",
            f"Rule: the {request.cuts} largest rises since the report before begin new stages.",
        )

    def stages(self, found: Stages) -> list[str]:
        cuts = listed([str(period) for period in found.cuts], self.language)
        spans = listed([f"{start}–{end}" if end > start else str(start) for start, end in found.stages], self.language)
        lines = [self.say(f"分期点：{cuts}；阶段：{spans}。", f"Cuts: {cuts}; stages: {spans}.")]
        changes = {jump.period: jump.change for jump in found.jumps}
        for period, follows in found.follows.items():
            change = changes.get(period)
            by = f"{change:+d}" if change is not None else "–"
            lines.append(
                self.say(
                    f"{period}年{'由规则得出' if follows else '不能由规则得出'}（变化{by}）。",
                    f"{period} {'follows' if follows else 'does not follow'} from the rule (change {by}).",
                )
            )
        if found.sole_thresholds:
            low, high = found.sole_thresholds
            lines.append(
                self.say(
                    f"以“增加至少t个”为规则，{low} < t ≤ {high}时恰好得到这些分期点。",
                    f"With the rule “a rise of at least t”, exactly these periods are cut for {low} < t ≤ {high}.",
                )
            )
        elif found.follows:
            lines.append(self._no_threshold(found, changes))
        return lines

    def _no_threshold(self, found: Stages, changes: Mapping[int, int | None]) -> str:
        """Why no rule of the kind "a rise of at least t" cuts at just the expected periods."""
        fell = [str(period) for period in found.follows if (changes.get(period) or 0) <= 0]
        if fell:
            which = listed(fell, self.language)
            return self.say(
                f"{which}年个数没有增加，任何以增幅为准的规则都不能在此分期。",
                f"The count did not rise in {which}: no rule by rises can cut there.",
            )
        also = listed([str(period) for period in found.also], self.language)
        return self.say(
            f"没有任何阈值恰好得到这些分期点：足以得出它们的阈值也会在{also}年分期。",
            f"No threshold cuts at just these periods: one low enough for them cuts at {also} as well.",
        )

    def transcribed(self) -> str:
        return self.say(
            "照原文转录的事实，没有可用的原始数据，无法重新计算。",
            "Transcribed as printed; there are no data from which it could be recomputed.",
        )

    def verdict(self, item: Item) -> str:
        remarks = [self._remark(name, figures) for name, figures in item.reason]
        return self.word(item.verdict) + (self.say("：", ": ") + self.say("；", "; ").join(remarks) if remarks else "")

    def _remark(self, name: str, figures: str) -> str:
        if name == "sums_to":
            return self.say(f"合计{figures}", f"sums to {figures}")
        weight, _, counts = figures.partition(": ")
        return self.say(f"乘以{weight}后为{counts}", f"times {weight}: {counts}")

    def tally(self, found: Published) -> str:
        text = self.say(
            f"可核对的数字{found.cells}个，一致{found.cells_equal}个，相差1的{found.cells_one_off}个。",
            f"Figures compared: {found.cells}; equal: {found.cells_equal}; off by one: {found.cells_one_off}.",
        )
        if not found.bounds or len({off for _, off in found.bounds}) == 1:
            return text
        (stated, own), (other, others) = found.bounds
        return text + self.say(
            f"差的绝对值之和：最高等级为{stated}时{own}，为{other}时{others}。",
            f" Sum of absolute differences: {own} with {stated} as the top level, {others} with {other}.",
        )

    def findings(self, found: Published) -> list[str]:
        """Item by item, what cannot be as printed. Figures off by one stay in the table."""
        return [
            line
            for item in found.items
            if item.verdict in {"impossible", "explained", "differs"}
            or (item.verdict == "one_off" and len(item.printed) == 1)
            if (line := self._finding(found, item))
        ]

    def _finding(self, found: Published, item: Item) -> str:
        what = found.request.what
        if what == "levels":
            return self._level_finding(item)
        if what == "facts":
            return " · ".join(item.printed) + self.say("：", ": ") + self.verdict(item)
        printed = self.path_named(item.printed[0])
        if what == "entities":
            move, path = (self.path_named(text) for text in item.computed)
            return self.say(
                f"{self.entity(item.key[0])}（{self.source(item.key[1])}）：刊印{printed}；按数据为{move}，路径为{path}。",
                f"{self.entity(item.key[0])} ({item.key[1]}): printed {printed}; the data give {move}, the path is {path}.",
            )
        if what == "transitions":
            if not item.key[0]:
                return self.verdict(item)
            return self.say(
                f"{self.level_named(item.key[0])} → {self.level_named(item.key[1])}：刊印{printed}，按数据为{item.computed[0]}。",
                f"{self.level_named(item.key[0])} → {self.level_named(item.key[1])}: printed {printed}, the data give "
                f"{item.computed[0]}.",
            )
        return self.say(
            f"{self.entity(item.key[0])}{item.key[1]}年{self.index(item.key[2])}：刊印{printed}，数据为{item.computed[0]}。",
            f"{self.entity(item.key[0])} {item.key[1]}, {self.index(item.key[2])}: printed {printed}, the data have "
            f"{item.computed[0]}.",
        )

    def _level_finding(self, item: Item) -> str:
        printed, computed = self._cells(item.printed), self._cells(item.computed)
        where = self.say(f"{self.index(item.key[0])} {item.key[1]}年", f"{self.index(item.key[0])} {item.key[1]}")
        remarks = self.say("；", "; ").join(self._remark(name, figures) for name, figures in item.reason)
        if item.verdict == "explained":
            return self.say(
                f"{where}：刊印{printed}，按数据为{computed}；{remarks}，即刊印的是把等级界限用在加权分量上的结果，不能成立。",
                f"{where}: printed {printed}, the data give {computed}; {remarks}. The bounds were applied to weighted "
                "components, so the printed counts cannot be right.",
            )
        more = self.say(f"；{remarks}", f"; {remarks}") if remarks else ""
        return self.say(
            f"{where}：刊印{printed}，按数据为{computed}{more}。",
            f"{where}: printed {printed}, the data give {computed}{more}.",
        )

    @staticmethod
    def _cells(cells: Sequence[str]) -> str:
        return " / ".join(cells)
