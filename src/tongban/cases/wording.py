"""The wording of the written acts (文书), Chinese and English side by side."""

from tongban.cases.models import CaseDocument

Kind = CaseDocument.Kind

# The character that stands for the kind in a document number, as agencies write it.
WORD = {
    Kind.RECEIPT: "收",
    Kind.CORRECTION_NOTICE: "补",
    Kind.ACCEPTANCE: "受",
    Kind.ACCEPTANCE_REFUSAL: "不受",
    Kind.GRANT: "准",
    Kind.DENIAL: "不准",
    Kind.NOT_REQUIRED: "告",
    Kind.SPOT_CORRECTION: "更",
    Kind.DEEMED_ACCEPTANCE: "视受",
    Kind.DEFERRED_ACCEPTANCE: "容受",
    Kind.DEEMED_WITHDRAWAL: "视撤",
    Kind.DEEMED_RENEWAL: "视延",
    Kind.PAUSE_NOTICE: "特",
    Kind.EXTENSION_NOTICE: "延",
    Kind.HEARING_RIGHT: "听告",
    Kind.HEARING_NOTICE: "听通",
    Kind.HEARING_RECORD: "听录",
    Kind.PRELIMINARY_OPINION: "初",
    Kind.VERIFICATION_RECORD: "核",
    Kind.OVERRUN_REASON: "逾",
    Kind.RECTIFICATION_ORDER: "改",
    Kind.CHECK_RECORD: "查",
    Kind.REVOCATION: "撤",
    Kind.CANCELLATION: "注",
    Kind.COMMITMENT: "诺",
    Kind.DEFERRAL: "容诺",
}

TITLES = {
    Kind.RECEIPT: ("申请材料接收凭证", "Receipt of application materials"),
    Kind.CORRECTION_NOTICE: ("补正材料一次性告知书", "One-time notice of what to correct"),
    Kind.ACCEPTANCE: ("受理通知书", "Notice of acceptance"),
    Kind.ACCEPTANCE_REFUSAL: ("不予受理通知书", "Notice of refusal of acceptance"),
    Kind.GRANT: ("准予决定书", "Decision to grant"),
    Kind.DENIAL: ("不予准许决定书", "Decision to deny"),
    Kind.NOT_REQUIRED: ("不需要办理告知书", "Notice that nothing needs to be applied for"),
    Kind.SPOT_CORRECTION: ("当场更正记录", "Record of a correction on the spot"),
    Kind.DEEMED_ACCEPTANCE: ("视为受理通知书", "Notice of acceptance by lapse of time"),
    Kind.DEFERRED_ACCEPTANCE: ("容缺受理通知书", "Notice of acceptance with materials to follow"),
    Kind.DEEMED_WITHDRAWAL: ("视为撤回申请通知书", "Notice of withdrawal by lapse of time"),
    Kind.DEEMED_RENEWAL: ("视为准予延续通知书", "Notice of renewal by lapse of time"),
    Kind.PAUSE_NOTICE: ("特别程序所需时间告知书", "Notice of time that does not count"),
    Kind.EXTENSION_NOTICE: ("延长办理期限告知书", "Notice of extension"),
    Kind.HEARING_RIGHT: ("听证权利告知书", "Notice of the right to a hearing"),
    Kind.HEARING_NOTICE: ("听证通知书", "Notice of hearing"),
    Kind.HEARING_RECORD: ("听证笔录", "Record of the hearing"),
    Kind.PRELIMINARY_OPINION: ("初步审查意见", "Preliminary opinion"),
    Kind.VERIFICATION_RECORD: ("实质核查记录", "Record of verification"),
    Kind.OVERRUN_REASON: ("逾期办理说明", "Explanation of an overrun limit"),
    Kind.RECTIFICATION_ORDER: ("责令限期整改通知书", "Order to put right"),
    Kind.CHECK_RECORD: ("事后核查记录", "Record of a later check"),
    Kind.REVOCATION: ("撤销决定书", "Decision to revoke"),
    Kind.CANCELLATION: ("准予注销决定书", "Decision to cancel"),
    Kind.COMMITMENT: ("告知承诺书", "Written commitment"),
    Kind.DEFERRAL: ("容缺受理承诺书", "Undertaking to hand in materials later"),
}

BODIES = {
    Kind.RECEIPT: (
        (
            "本机关已于{today}收到你（单位）提交的“{service}”申请（办件编号 {case}）。"
            "材料齐全、符合法定形式的，将予以受理；需要补正的，最迟于{due}前一次性告知。"
        ),
        (
            "On {today} we received your application for “{service}” (case number {case}). If it is complete it will "
            "be accepted; if anything must be corrected you will be told everything at once by {due} at the latest."
        ),
    ),
    Kind.COMMITMENT: (
        "申请人于{today}就“{service}”（办件编号 {case}）选择告知承诺方式，已知悉下列条件、义务和责任，并承诺符合、履行：",
        (
            "On {today}, for “{service}” (case number {case}), the applicant chose commitment, knows these conditions, "
            "duties and liability, and undertakes to meet them:"
        ),
    ),
    Kind.DEFERRAL: (
        (
            "申请人于{today}就“{service}”（办件编号 {case}）承诺在实施机关告知的期限内补齐下列材料，"
            "并知悉逾期未补齐的视为撤回申请：{materials}。"
        ),
        (
            "On {today}, for “{service}” (case number {case}), the applicant undertook to hand in the following by the day "
            "the agency tells, and knows that the application counts as withdrawn otherwise: {materials}."
        ),
    ),
    Kind.CORRECTION_NOTICE: (
        "你（单位）提出的“{service}”申请（办件编号 {case}）需要补正，全部内容如下：",
        "Your application for “{service}” (case number {case}) needs corrections. This is everything:",
    ),
    Kind.ACCEPTANCE: (
        (
            "你（单位）提出的“{service}”申请（办件编号 {case}）材料齐全、符合法定形式，现予受理。"
            "承诺于{due}前、法定最迟于{legal_due}前作出决定。"
        ),
        (
            "Your application for “{service}” (case number {case}) is complete and in lawful form, and is accepted. We "
            "promise a decision by {due}; by law it must be made by {legal_due}."
        ),
    ),
    Kind.ACCEPTANCE_REFUSAL: (
        "你（单位）提出的“{service}”申请（办件编号 {case}），本机关不予受理。理由如下：",
        "We cannot accept your application for “{service}” (case number {case}). The reason:",
    ),
    Kind.GRANT: (
        "你（单位）提出的“{service}”申请（办件编号 {case}）符合法定条件、标准，决定准予。结果将于{due}前送达。",
        (
            "Your application for “{service}” (case number {case}) meets the conditions and standards of law and is "
            "granted. The result will be delivered by {due}."
        ),
    ),
    Kind.DENIAL: (
        "你（单位）提出的“{service}”申请（办件编号 {case}），经审查，决定不予准许。理由如下：",
        "After examination, your application for “{service}” (case number {case}) is denied. The reason:",
    ),
    Kind.NOT_REQUIRED: (
        "你（单位）提出的“{service}”申请（办件编号 {case}）所涉事项依法不需要办理，特此即时告知。说明如下：",
        "What you applied for with “{service}” (case number {case}) needs no such application by law. The explanation:",
    ),
    Kind.SPOT_CORRECTION: (
        "你（单位）提出的“{service}”申请（办件编号 {case}）中可以当场更正的错误，已当场更正如下：",
        "Errors in your application for “{service}” (case number {case}) were corrected on the spot:",
    ),
    Kind.DEEMED_ACCEPTANCE: (
        (
            "你（单位）提出的“{service}”申请（办件编号 {case}），本机关未在收到材料之日起五个工作日内一次性告知补正，"
            "依照《中华人民共和国行政许可法》第三十二条，自收到材料之日{accepted}起即为受理。"
            "承诺于{due}前、法定最迟于{legal_due}前作出决定。"
        ),
        (
            "We did not tell you within five working days what your application for “{service}” (case number {case}) "
            "lacked. By article 32 of the Licensing Law it counts as accepted from the day we received the materials, "
            "{accepted}. We promise a decision by {due}; by law it must be made by {legal_due}."
        ),
    ),
    Kind.DEFERRED_ACCEPTANCE: (
        (
            "你（单位）提出的“{service}”申请（办件编号 {case}）符合基本条件、主要材料齐全，根据你（单位）的书面承诺先予受理。"
            "请于{until}前一次性补齐下列材料：{materials}。逾期未补齐的，视为撤回申请。"
        ),
        (
            "Your application for “{service}” (case number {case}) meets the basic conditions and its main materials are "
            "complete, so it is accepted on your written undertaking. Hand in the following by {until}: {materials}. "
            "Otherwise it counts as withdrawn."
        ),
    ),
    Kind.DEEMED_WITHDRAWAL: (
        "你（单位）提出的“{service}”申请（办件编号 {case}），未在承诺的期限内补齐材料，视为撤回申请。可以重新提出申请。",
        (
            "The materials that were to follow your application for “{service}” (case number {case}) did not arrive in "
            "time; it counts as withdrawn. You may apply again."
        ),
    ),
    Kind.DEEMED_RENEWAL: (
        (
            "你（单位）提出的“{service}”申请（办件编号 {case}），本机关未在许可有效期届满前作出决定，"
            "依照《中华人民共和国行政许可法》第五十条，视为准予延续。"
        ),
        (
            "We did not decide on your application for “{service}” (case number {case}) before the licence expired. By "
            "article 50 of the Licensing Law it counts as renewed."
        ),
    ),
    Kind.PAUSE_NOTICE: (
        (
            "办理你（单位）提出的“{service}”申请（办件编号 {case}）依法需要进行{pause}，预计至{until}结束。"
            "依照《中华人民共和国行政许可法》第四十五条，所需时间不计算在办理期限内；调整后的决定期限为{legal_due}。事由："
        ),
        (
            "Your application for “{service}” (case number {case}) needs this by law: {pause}, expected to end on {until}. "
            "By article 45 of the Licensing Law that time does not count; the decision is now due by {legal_due}. Why:"
        ),
    ),
    Kind.EXTENSION_NOTICE: (
        (
            "你（单位）提出的“{service}”申请（办件编号 {case}）不能在法定期限内作出决定，经负责人批准延长 {extension} 个工作日，"
            "最迟于{legal_due}前作出决定。延长的理由："
        ),
        (
            "A decision on your application for “{service}” (case number {case}) cannot be made within the legal limit. "
            "With the approval of the head it is extended by {extension} working days, to {legal_due}. The reason:"
        ),
    ),
    Kind.HEARING_RIGHT: (
        (
            "你（单位）提出的“{service}”申请（办件编号 {case}）直接涉及申请人与他人之间重大利益关系。"
            "你（单位）有权要求听证，请于{until}前提出；不承担组织听证的费用。说明："
        ),
        (
            "Your application for “{service}” (case number {case}) bears on major interests of yours and of others. You "
            "have the right to a hearing; ask for it by {until}. It costs you nothing. Explanation:"
        ),
    ),
    Kind.HEARING_NOTICE: (
        "关于你（单位）提出的“{service}”申请（办件编号 {case}），定于{until}举行听证。时间、地点及主持人：",
        "On your application for “{service}” (case number {case}) a hearing takes place on {until}. Time, place, chair:",
    ),
    Kind.HEARING_RECORD: (
        "关于“{service}”申请（办件编号 {case}）的听证笔录如下，行政许可决定根据听证笔录作出：",
        "Record of the hearing on “{service}” (case number {case}); the decision is made by it:",
    ),
    Kind.PRELIMINARY_OPINION: (
        "对“{service}”申请（办件编号 {case}）已初步审查完毕，审查意见连同全部申请材料报送上级机关：",
        "“{service}” (case number {case}) has been examined first; the opinion goes up with all materials:",
    ),
    Kind.VERIFICATION_RECORD: (
        "对“{service}”申请（办件编号 {case}）材料的实质内容，已由两名以上工作人员核查。结果：",
        "The substance of “{service}” (case number {case}) was verified by two officers. The result:",
    ),
    Kind.OVERRUN_REASON: (
        "“{service}”申请（办件编号 {case}）未在法定期限内办结，依照《优化营商环境条例》第三十六条公开说明理由如下：",
        "“{service}” (case number {case}) was not handled within its legal limit. The public explanation:",
    ),
    Kind.RECTIFICATION_ORDER: (
        "经核查，你（单位）在“{service}”（办件编号 {case}）中的承诺未完全履行，请于{until}前整改：",
        "A check found that your undertaking in “{service}” (case number {case}) is not met. Put right by {until}:",
    ),
    Kind.CHECK_RECORD: (
        "对“{service}”（办件编号 {case}）承诺内容的事后核查结果如下：",
        "Result of the later check of the undertaking in “{service}” (case number {case}):",
    ),
    Kind.REVOCATION: (
        "你（单位）取得的“{service}”决定（办件编号 {case}）予以撤销。理由如下：",
        "The decision on “{service}” (case number {case}) is revoked. The reason:",
    ),
    Kind.CANCELLATION: (
        "你（单位）提出的“{service}”申请（办件编号 {case}）符合法定条件，准予注销。",
        "Your application for “{service}” (case number {case}) meets the conditions of law and is granted.",
    ),
}

# 行政复议法 (2023) art 20; 行政诉讼法 (2017) art 46.
REMEDIES = (
    "如不服本决定，可以自知道本决定之日起六十日内依法申请行政复议，或者六个月内依法向人民法院提起行政诉讼。",
    (
        "If you do not agree, you may apply for administrative reconsideration within 60 days, or bring a suit before "
        "the people's court within six months, from the day you learn of this decision."
    ),
)
# Why something is granted, where the officer adds nothing of their own: 行政许可法 art 38 para 1, cited for a licence only.
STANDARD_REASON = (
    "理由：申请符合法定条件、标准{law}。",
    "Reason: the application meets the conditions and standards of law{law}.",
)
GRANTED_BY = ("（《中华人民共和国行政许可法》第三十八条第一款）", " (Administrative Licensing Law, art 38 para 1)")
GRANTING = frozenset({Kind.GRANT, Kind.CANCELLATION})
# 行政许可法 art 32 para 1(2): who is refused because it is another organ's to decide is told where to apply.
WHERE_TO_APPLY = (
    "该事项不属于本行政机关职权范围，请向{organ}提出申请。",
    "This is not for our agency to decide. Please apply to {organ}.",
)
# By which article of the Licensing Law a written act on a licence is issued, beside what the service itself rests on.
ARTICLES = {
    Kind.CORRECTION_NOTICE: "32",
    Kind.SPOT_CORRECTION: "32",
    Kind.ACCEPTANCE: "32",
    Kind.ACCEPTANCE_REFUSAL: "32",
    Kind.NOT_REQUIRED: "32",
    Kind.GRANT: "38",
    Kind.DENIAL: "38",
    Kind.EXTENSION_NOTICE: "42",
    Kind.PRELIMINARY_OPINION: "43",
    Kind.HEARING_NOTICE: "48",
}
LICENSING_LAW = ("《中华人民共和国行政许可法》", "Administrative Licensing Law, art ")
# Whatever decides something, for or against; what only prepares a decision has none of its own.
WITH_REMEDIES = frozenset(
    {
        Kind.ACCEPTANCE_REFUSAL,
        Kind.NOT_REQUIRED,
        Kind.GRANT,
        Kind.DENIAL,
        Kind.DEEMED_RENEWAL,
        Kind.DEEMED_WITHDRAWAL,
        Kind.RECTIFICATION_ORDER,
        Kind.REVOCATION,
        Kind.CANCELLATION,
    }
)
# A date beyond the calendar that is published (foundation.calendar).
PROVISIONAL = (
    "（暂定，节假日安排公布后重新计算）",
    " (provisional: counted anew when the holidays of that year are announced)",
)
# What takes place instead of the time that counts, as the notice names it.
PAUSES = {
    "hearing": ("听证", "a hearing"),
    "tender": ("招标", "a tender"),
    "auction": ("拍卖", "an auction"),
    "inspection": ("检验", "an inspection"),
    "testing": ("检测", "testing"),
    "quarantine": ("检疫", "quarantine"),
    "appraisal": ("鉴定", "an appraisal"),
    "expert_review": ("专家评审", "an expert review"),
}

# The mark that stands where the seal will be (行政许可法 art 32: the organ's special seal).
SEAL = ("行政审批专用章", "Special seal for administrative approval")
_INTAKE_SEAL = ("受理专用章", "Special seal for acceptance")
SEALS = dict.fromkeys(
    (
        Kind.RECEIPT,
        Kind.CORRECTION_NOTICE,
        Kind.ACCEPTANCE,
        Kind.ACCEPTANCE_REFUSAL,
        Kind.NOT_REQUIRED,
        Kind.SPOT_CORRECTION,
        Kind.DEEMED_ACCEPTANCE,
        Kind.DEFERRED_ACCEPTANCE,
    ),
    _INTAKE_SEAL,
)
