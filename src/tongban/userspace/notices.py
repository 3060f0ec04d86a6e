"""What messages say, in Chinese and English; `composing` puts in what each is about.

A message tells what happened, and what to do next; the written act itself, with its reasons, is on the case's page.
"""

from tongban.userspace.composing import Notice

# By the action of the case that they tell of.
TO_APPLICANT: dict[str, Notice] = {
    "submit": Notice(
        ("已收到您的申请", "We received your application"),
        (
            "您的“{service}”申请（办件编号 {case}）已提交。最迟于{due}前告知是否受理，需要补正的将一次告知。",
            (
                "Your application for “{service}” (case {case}) was submitted. By {due} you will hear whether it is "
                "accepted, or everything that must be corrected."
            ),
        ),
    ),
    "return_for_correction": Notice(
        ("请补正申请材料", "Please correct your application"),
        (
            "您的“{service}”申请（办件编号 {case}）需要补正。请打开办件查看告知书，按所列内容一次补齐后提交。",
            (
                "Your application for “{service}” (case {case}) needs corrections. Open the case, read the notice, and "
                "send everything it lists."
            ),
        ),
    ),
    "accept": Notice(
        ("申请已受理", "Your application was accepted"),
        (
            "您的“{service}”申请（办件编号 {case}）已受理，将于{due}前作出决定。您现在无需办理其他手续。",
            (
                "Your application for “{service}” (case {case}) was accepted. The decision will be made by {due}. You "
                "need do nothing now."
            ),
        ),
    ),
    "refuse_acceptance": Notice(
        ("申请不予受理", "Your application was not accepted"),
        (
            "您的“{service}”申请（办件编号 {case}）不予受理。理由和救济途径见办件中的通知书。",
            (
                "Your application for “{service}” (case {case}) was not accepted. The notice in the case says why, and "
                "what you can do."
            ),
        ),
    ),
    "grant": Notice(
        ("申请已获准", "Your application was granted"),
        (
            "您的“{service}”申请（办件编号 {case}）已作出准予决定，结果将于{due}前送达。您可以对本次办理进行评价。",
            (
                "Your application for “{service}” (case {case}) was granted. The result will reach you by {due}. "
                "You can say how it went."
            ),
        ),
    ),
    "deny": Notice(
        ("申请未获准", "Your application was denied"),
        (
            "您的“{service}”申请（办件编号 {case}）已作出不予准许决定。理由和救济途径见办件中的决定书。",
            (
                "Your application for “{service}” (case {case}) was denied. The decision in the case says why, and how "
                "you can have it reviewed."
            ),
        ),
    ),
    "deliver": Notice(
        ("办件已办结", "Your case is closed"),
        (
            "您的“{service}”申请（办件编号 {case}）的结果已送达，办件办结。欢迎评价本次服务。",
            (
                "The result of “{service}” (case {case}) was delivered and the case is closed. You are welcome to "
                "say how it went."
            ),
        ),
    ),
    "accept_deferred": Notice(
        ("申请已容缺受理", "Your application was accepted, with materials to follow"),
        (
            "您的“{service}”申请（办件编号 {case}）已容缺受理。请在通知书写明的日期前补齐所列材料，逾期视为撤回。",
            (
                "Your application for “{service}” (case {case}) was accepted. Hand in the materials the notice names by the day it "
                "states; otherwise it counts as withdrawn."
            ),
        ),
    ),
    "deem_accepted": Notice(
        ("申请已依法视为受理", "Your application is accepted by law"),
        (
            "您的“{service}”申请（办件编号 {case}）逾期未收到补正告知，依法自收到材料之日起视为受理，将于{due}前作出决定。",
            (
                "No notice reached you in time, so your application for “{service}” (case {case}) counts as accepted from the day "
                "its materials were received. The decision will be made by {due}."
            ),
        ),
    ),
    "declare_not_required": Notice(
        ("该事项不需要许可", "No licence is needed"),
        (
            "您的“{service}”申请（办件编号 {case}）依法不需要取得许可。说明见办件中的通知书。",
            (
                "What you applied for with “{service}” (case {case}) needs no licence. The notice in the case explains it."
            ),
        ),
    ),
    "extend": Notice(
        ("办理期限已延长", "The time for the decision was extended"),
        (
            "您的“{service}”申请（办件编号 {case}）的决定期限经批准延长至{due}，理由见办件中的告知书。",
            ("The time to decide “{service}” (case {case}) was extended to {due}. The notice in the case says why."),
        ),
    ),
    "extend_with_whole": Notice(
        ("联合办理期限已延长", "The time for the joint handling was extended"),
        (
            "您一并申请的各项联合办理，经批准延长期限，“{service}”（办件编号 {case}）的决定期限随之延长，理由和新的期限见办件页面。",
            (
                "What you applied for at once is handled jointly and was extended; the time to decide “{service}” (case "
                "{case}) is extended with it. The case says why, and until when."
            ),
        ),
    ),
    "begin_special": Notice(
        ("办件进入特别程序", "A special procedure began"),
        (
            "您的“{service}”申请（办件编号 {case}）开始听证、检验、检测、鉴定或者专家评审等程序，所需时间不计入期限，详见告知书。",
            (
                "A procedure such as testing, inspection or expert review began for “{service}” (case {case}). The time it needs "
                "does not count; the notice says how long it is."
            ),
        ),
    ),
    "prolong_special": Notice(
        ("特别程序时间有变", "The special procedure takes longer"),
        (
            "您的“{service}”申请（办件编号 {case}）的特别程序需要更长时间，详见告知书。",
            ("The special procedure for “{service}” (case {case}) takes longer. The notice in the case says how long."),
        ),
    ),
    "end_special": Notice(
        ("特别程序已结束", "The special procedure ended"),
        (
            "您的“{service}”申请（办件编号 {case}）的特别程序已经结束，期限继续计算，将于{due}前作出决定。",
            (
                "The special procedure for “{service}” (case {case}) ended and the time counts again. The decision will be made by "
                "{due}."
            ),
        ),
    ),
    "offer_hearing": Notice(
        ("您有要求听证的权利", "You may ask for a hearing"),
        (
            "您的“{service}”申请（办件编号 {case}）作出决定前，您可以要求听证。请在告知书写明的期限内提出，不收取任何费用。",
            (
                "Before “{service}” (case {case}) is decided you may ask for a hearing, within the time the notice states. It costs "
                "you nothing."
            ),
        ),
    ),
    "set_hearing": Notice(
        ("听证时间已确定", "The hearing is set"),
        (
            "您的“{service}”申请（办件编号 {case}）的听证时间、地点见办件中的通知书。",
            ("The notice in case {case} (“{service}”) says when and where the hearing is held."),
        ),
    ),
    "order_rectification": Notice(
        ("请按要求整改", "Something must be put right"),
        (
            "您的“{service}”（办件编号 {case}）经核查需要整改，内容和期限见办件中的责令整改通知书。",
            (
                "The check of “{service}” (case {case}) found something to put right. The order in the case says what, and by when."
            ),
        ),
    ),
    "pass_check": Notice(
        ("事后核查已通过", "The later check was passed"),
        (
            "您的“{service}”（办件编号 {case}）已通过事后核查。",
            ("“{service}” (case {case}) passed the later check."),
        ),
    ),
    "revoke": Notice(
        ("决定已撤销", "The decision was revoked"),
        (
            "您的“{service}”（办件编号 {case}）的准予决定已被撤销，理由和救济途径见办件中的决定书。",
            (
                "The grant of “{service}” (case {case}) was revoked. The decision in the case says why, and what you can do."
            ),
        ),
    ),
    "deem_withdrawn": Notice(
        ("申请视为撤回", "Your application counts as withdrawn"),
        (
            "您的“{service}”申请（办件编号 {case}）逾期未补齐材料，按规定视为撤回。您可以重新申请。",
            (
                "What was missing for “{service}” (case {case}) did not come in time, so the application counts as withdrawn. You "
                "may apply again."
            ),
        ),
    ),
    "deem_renewed": Notice(
        ("许可依法视为准予延续", "Your licence counts as renewed"),
        (
            "您的“{service}”申请（办件编号 {case}）在有效期届满前未作出决定，依法视为准予延续。",
            (
                "No decision on “{service}” (case {case}) was made before the licence expired, so it counts as renewed by law."
            ),
        ),
    ),
    "explain_overrun": Notice(
        ("超期原因已公开", "Why the case is late was made public"),
        (
            "您的“{service}”申请（办件编号 {case}）超过了办理期限，机关已公开说明原因。",
            ("“{service}” (case {case}) is past its time; the agency has explained in public why."),
        ),
    ),
}
TO_APPLICANT["ask_for_review"] = Notice(
    ("已转人工复核", "An officer will look at it"),
    (
        "您已要求对“{service}”（办件编号 {case}）由工作人员复核，将于{due}前作出决定。复核期间，原决定继续有效。",
        (
            "You asked for an officer to look at “{service}” (case {case}). It will be decided by {due}; until then the "
            "decision made by rule stands."
        ),
    ),
)
# Steps that have another one's effect for the applicant.
TO_APPLICANT |= {"sign_grant": TO_APPLICANT["grant"]}
TO_APPLICANT |= dict.fromkeys(
    ("sign_denial", "deny_deferred", "deny_for_falsehood", "deny_instantly"), TO_APPLICANT["deny"]
)
TO_APPLICANT |= {
    "grant_instantly": Notice(
        ("申请已即时获准", "Your application was granted at once"),
        (
            "您的“{service}”申请（办件编号 {case}）符合规则，已即时作出准予决定。办件页面写明了决定依据，您可以要求工作人员复核。",
            (
                "Your application for “{service}” (case {case}) meets the rules and was granted at once. The case says by "
                "which rule; you may ask for an officer to look at it."
            ),
        ),
    )
}
# A benefit that needs no application: told with the day until which it can be confirmed.
OFFERED = Notice(
    ("您可以免申请享受一项服务", "A benefit for you, without applying"),
    (
        "根据本平台掌握的信息，您符合“{service}”的条件，无需提交申请。请于{due}前确认或者谢绝。",
        (
            "From what this platform holds you meet the conditions of “{service}” and need not apply. Confirm or decline "
            "it by {due}."
        ),
    ),
)
TO_APPLICANT |= {"revoke_for_fraud": TO_APPLICANT["revoke"], "assign_inspectors": TO_APPLICANT["begin_special"]}
# To the post that the event names.
TO_POST: dict[str, Notice] = {
    "assigned": Notice(
        ("有办件分派给您", "A case was assigned to you"),
        (
            "办件 {case}（{service}）已分派给您办理。",
            "Case {case} (“{service}”) was assigned to you.",
        ),
    ),
    "cooperation_closed": Notice(
        ("协办请求已有回复", "Your request for cooperation was answered"),
        (
            "您就办件 {case}（{service}）发出的协办请求已有回复，请打开办件查看。",
            "The agency you asked to help with case {case} (“{service}”) replied. Open the case to read it.",
        ),
    ),
}
# An asked agency did not answer in time: to who asked, and to the officers of the asked agency.
COOPERATION_LATE: dict[str, Notice] = {
    "cooperation_late": Notice(
        ("协办请求逾期未复", "Your request for cooperation is late"),
        (
            "您就办件 {case}（{service}）发出的协办请求应于{due}前答复，至今未收到答复。",
            "The agency you asked to help with case {case} (“{service}”) should have answered by {due} and has not.",
        ),
    ),
    "cooperation_asked_late": Notice(
        ("协办请求已逾期，请尽快答复", "A request for cooperation is late: please answer"),
        (
            "其他机关就办件 {case}（{service}）请贵机关协办，应于{due}前答复，请尽快答复。",
            "Another agency asked yours to help with case {case} (“{service}”) by {due}. Please answer it.",
        ),
    ),
}
# A part of several things applied for at once that has no case to tell of it; `because` is the part that came first.
OF_BUNDLE: dict[str, Notice] = {
    "part_suspended": Notice(
        ("“一件事”中有一项暂缓办理", "A part of your application is held"),
        (
            (
                "“{service}”需要等待的“{because}”未获批准或者已撤回，暂不开始办理。您可以在“一件事”页面（编号 {case}）"
                "重新申请前项，或者放弃本项。"
            ),
            (
                "“{because}”, which “{service}” waits for, came to nothing, so it is not begun. On the page of the whole "
                "(number {case}) you can apply for the first again, or give this one up."
            ),
        ),
    ),
    "part_to_be_cancelled": Notice(
        ("“一件事”中有一项将撤回", "A part of your application is to be cancelled"),
        (
            (
                "“{because}”未获批准或者已撤回，按申请时的约定，“{service}”（“一件事”编号 {case}）将予撤回，不再准予；"
                "该事项现处环节不能撤回，环节结束后即行撤回。"
            ),
            (
                "“{because}” came to nothing; as stated when you applied, “{service}” (number of the whole {case}) is "
                "cancelled too and is not granted. It cannot end at its present stage, and ends as soon as that is over."
            ),
        ),
    ),
    "part_cancelled": Notice(
        ("“一件事”中有一项已取消", "A part of your application is cancelled"),
        (
            "“{because}”未获批准或者已撤回，按申请时的约定，“{service}”（“一件事”编号 {case}）不再办理。",
            (
                "“{because}” came to nothing; as stated when you applied, “{service}” (number of the whole {case}) is not "
                "done."
            ),
        ),
    ),
}
# Steps of a hand-over between regions, which stand in no procedure.
ON_THE_WAY: dict[str, Notice] = {
    "forward": Notice(
        ("材料已转送实施机关", "Your materials are on their way"),
        (
            "您的“{service}”申请（办件编号 {case}）的材料已由收件窗口转送实施机关，您无需前往。",
            (
                "The window sent the materials of “{service}” (case {case}) on to the competent agency. You need not go "
                "there."
            ),
        ),
    ),
    "acknowledge": Notice(
        ("实施机关已收到材料", "The competent agency has your materials"),
        (
            "您的“{service}”申请（办件编号 {case}）的材料已送达实施机关，办理时限和进度见办件页面。",
            (
                "The materials of “{service}” (case {case}) have arrived at the competent agency. The case says by when "
                "you will hear."
            ),
        ),
    ),
    "return_originals": Notice(
        ("原件或结果已交还", "Originals or result are on their way back"),
        (
            "您的“{service}”申请（办件编号 {case}）的原件或者纸质结果已交还或者寄出，单号见办件页面。",
            (
                "The originals or the result of “{service}” (case {case}) were given back or sent; the case has the "
                "number of the consignment."
            ),
        ),
    ),
}
TO_APPLICANT |= ON_THE_WAY
TO_OFFICER: dict[str, Notice] = {
    "supplement": Notice(
        ("申请人已补正", "The applicant sent the correction"),
        (
            "您退回补正的办件 {case}（{service}）已由申请人补正，请于{due}前处理。",
            "The applicant corrected case {case} ({service}), which you had returned. It is due on {due}.",
        ),
    ),
    "withdraw": Notice(
        ("申请人已撤回申请", "The applicant withdrew"),
        (
            "您经办的办件 {case}（{service}）已由申请人撤回。",
            "The applicant withdrew case {case} ({service}), which you were handling.",
        ),
    ),
    "request_hearing": Notice(
        ("申请人要求听证", "The applicant asks for a hearing"),
        (
            "办件 {case}（{service}）的申请人要求听证，请在收到要求之日起二十个工作日内组织，并提前七个工作日通知。",
            (
                "The applicant of case {case} ({service}) asks for a hearing. Hold it within 20 working days, with notice of 7."
            ),
        ),
    ),
    "ask_for_review": Notice(
        ("申请人要求人工复核", "The applicant asks for an officer"),
        (
            "办件 {case}（{service}）由规则自动作出决定，申请人要求人工复核，请于{due}前重新决定。",
            "A rule decided case {case} ({service}); the applicant asks that an officer decide it anew, by {due}.",
        ),
    ),
    "supply_deferred": Notice(
        ("申请人补齐了容缺材料", "The deferred materials came in"),
        (
            "办件 {case}（{service}）的申请人已补交容缺材料，请核对。",
            ("The applicant of case {case} ({service}) handed in the deferred materials. Please check them."),
        ),
    ),
    "rate": Notice(
        ("收到差评", "A bad rating came in"),
        (
            "您经办的办件 {case}（{service}）收到“不满意”或“非常不满意”的评价，请了解原因并改进。",
            "Case {case} ({service}), which you handled, was rated dissatisfied or worse. Please find out why.",
        ),
    ),
}
# A case that is taken back as soon as its stage lets it, to who handles it.
TO_BE_CANCELLED: dict[str, Notice] = {
    "note_cancellation": Notice(
        ("办件将随“一件事”中另一项撤回", "A case is to be taken back with another part"),
        (
            (
                "办件 {case}（{service}）所属“一件事”中另一项未获批准或者已撤回，按申请时的约定，本件将予撤回，不得准予。"
                "请将办件移出现处环节，平台随即撤回。"
            ),
            (
                "Another part of what case {case} (“{service}”) belongs to came to nothing. As the applicant was told, this "
                "case is taken back too and cannot be granted. Bring it out of its stage; the platform then ends it."
            ),
        ),
    ),
}
# Lights that changed, by the kind of the alert.
OF_TIME: dict[str, Notice] = {
    "due_soon": Notice(
        ("办件即将到期", "A case is due soon"),
        (
            "办件 {case}（{service}）将于{due}到期，请及时办理。",
            "Case {case} ({service}) is due on {due}. Please deal with it in time.",
        ),
    ),
    "late": Notice(
        ("办件已超期", "A case is late"),
        (
            "办件 {case}（{service}）应于{due}前办结，现已超期。请立即办理；超过法定期限的，须向社会公开说明原因。",
            (
                "Case {case} ({service}) was due on {due} and is late. Deal with it at once; a legal limit that is overrun "
                "must be explained in public."
            ),
        ),
    ),
    "late_elsewhere": Notice(
        ("牵头的“一件事”有一项超期", "A part of what your agency leads is late"),
        (
            "“{service}”（办件 {case}）由其他机关办理，应于{due}前办结，现已超期。“一件事”由贵机关牵头，请协调督促。",
            (
                "“{service}” (case {case}), handled by another agency, was due on {due} and is late. Your agency leads the "
                "whole: please see to it that it is dealt with."
            ),
        ),
    ),
    "escalated": Notice(
        ("办件超过法定期限，请督办", "A legal limit is overrun: please supervise"),
        (
            "办件 {case}（{service}）应于{due}前办理，现已超过法定期限。请依法督促经办机关。",
            "Case {case} ({service}), due on {due}, is past its legal limit. Please see to it that its agency acts.",
        ),
    ),
}


# What runs out: by the reminder that is due (`rules.reminder`).
OF_LICENCES: dict[str, Notice] = {
    "renew_now": Notice(
        ("证照即将到期，请申请延续", "Your licence runs out: ask for its renewal"),
        (
            "您的“{service}”（办件 {case}）有效期至{until}。依照《行政许可法》第五十条，应当在{due}前申请延续。",
            "“{service}” (case {case}) is valid until {until}. By law (Licensing Law, art 50) ask for its renewal by {due}.",
        ),
    ),
    "ask_late": Notice(
        ("申请延续的期限已过，请尽快申请", "The day to ask for renewal has passed: ask at once"),
        (
            "您的“{service}”（办件 {case}）有效期至{until}，申请延续的期限{due}已过。请在到期前尽快申请；逾期未作决定的，不再视为准予延续。",
            (
                "“{service}” (case {case}) is valid until {until}; the day to ask for renewal, {due}, has passed. Ask at once, "
                "before it expires; without a decision by then it no longer counts as renewed."
            ),
        ),
    ),
}

# Of an emergency access (`cases.actions.emergency`): to whom it concerns, and to the auditors.
EMERGENCY_TO_APPLICANT = Notice(
    ("您的一个办件被应急查阅", "Your case was read under emergency access"),
    (
        "有工作人员以应急查阅方式打开了您的“{service}”办件（编号 {case}）。该次查阅须说明理由、限时、全程入账，并由审计员审查。如有疑问可以投诉。",
        (
            "An officer opened your case {case} (“{service}”) under emergency access: with a stated reason, for hours "
            "only, every reading recorded. An auditor reviews it. You may complain."
        ),
    ),
)
EMERGENCY_TO_AUDITOR = Notice(
    ("有一次应急查阅待审查", "An emergency access waits for review"),
    (
        "办件 {case}（{service}）被应急查阅，请审查其理由和查阅记录。",
        "Case {case} (“{service}”) was opened under emergency access. Review its reason and its readings.",
    ),
)


# Of one's own account: every change of the way in, so that nobody else makes one unseen. By the event's `what`.
OF_ACCOUNT: dict[str, Notice] = {
    "password": Notice(
        ("登录密码已更改", "Your password was changed"),
        (
            "您账户的登录密码刚刚更改，其他地方的登录均已退出。如果不是您本人操作，请立即用验证码登录并重设密码，或者到就近窗口处理。",
            (
                "The password of your account was just changed, and every other sign-in ended. If this was not you, sign "
                "in by a code and set another one at once, or come to a window."
            ),
        ),
    ),
    "totp_added": Notice(
        ("已设置验证器应用", "An authenticator app was set up"),
        (
            "您的账户刚刚设置了验证器应用，今后登录需要它的动态码。如果不是您本人操作，请立即移除并更改密码。",
            (
                "An authenticator app was just set up for your account; signing in takes its code from now on. If this was "
                "not you, remove it and change your password at once."
            ),
        ),
    ),
    "totp_removed": Notice(
        ("已移除验证器应用", "The authenticator app was removed"),
        (
            "您账户的验证器应用刚刚移除。如果不是您本人操作，请立即更改密码并重新设置。",
            "The authenticator app of your account was just removed. If this was not you, change your password at once.",
        ),
    ),
    "webauthn_added": Notice(
        ("已设置通行密钥", "A passkey was set up"),
        (
            "您的账户刚刚增加了一个通行密钥。如果不是您本人操作，请立即移除并更改密码。",
            (
                "A passkey was just added to your account. If this was not you, remove it and change your password at "
                "once."
            ),
        ),
    ),
    "webauthn_removed": Notice(
        ("已移除通行密钥", "A passkey was removed"),
        (
            "您账户的一个通行密钥刚刚移除。如果不是您本人操作，请立即更改密码。",
            "A passkey of your account was just removed. If this was not you, change your password at once.",
        ),
    ),
    "codes_renewed": Notice(
        ("已生成新的恢复码", "New recovery codes were made"),
        (
            "您的账户刚刚生成了新的恢复码，旧的全部作废。如果不是您本人操作，请立即更改密码并重新生成。",
            (
                "New recovery codes were just made for your account; the old ones are good for nothing. If this was not "
                "you, change your password and make new ones at once."
            ),
        ),
    ),
    "contact": Notice(
        ("接收验证码的联系方式已更改", "Where codes are sent was changed"),
        (
            "您账户接收验证码的手机号码或者电子邮箱刚刚更改。如果不是您本人操作，请立即更改密码并改回。",
            (
                "The phone number or e-mail address that takes codes for your account was just changed. If this was not "
                "you, change your password and set it back at once."
            ),
        ),
    ),
    "released": Notice(
        ("第二验证因素已解除", "Your second factor was released"),
        (
            "工作人员核实身份后解除了您账户的全部第二验证因素，所有登录均已退出。如果您没有申请，请立即到就近窗口处理。",
            (
                "After a check of identity every second factor of your account was removed, and every sign-in ended. If "
                "you did not ask for this, come to a window at once."
            ),
        ),
    ),
    "elsewhere": Notice(
        ("有新的浏览器登录了您的账户", "Your account was signed in to from a new browser"),
        (
            "您的账户刚刚在一个以前没有用过的浏览器（{because}）上登录。如果不是您本人，请在“登录与安全”中退出该处登录，并更改密码。",
            (
                "Your account was just signed in to from a browser that was not used before ({because}). If this was not "
                "you, sign it out under “Sign-in and security” and change your password."
            ),
        ),
    ),
}

# Who acts for whom; `because` is the name of the other side. To whom it concerns: the side that did not do it.
TO_AGENT: dict[str, Notice] = {
    "offered": Notice(
        ("有人请您代为办事", "You are asked to act for somebody"),
        (
            "{because}邀请您代为办理事项。请查看授权的范围和期限后接受或者谢绝；您接受之前，授权不生效。",
            (
                "{because} asks you to act for them. Read in which matters and until when, then accept or decline; it does "
                "not hold until you accept."
            ),
        ),
    ),
    "ended": Notice(
        ("一项授权已终止", "A delegation ended"),
        (
            "您代{because}办事的授权已经终止，即时生效。",
            "You no longer act for {because}: the delegation ended, with immediate effect.",
        ),
    ),
}
TO_PRINCIPAL: dict[str, Notice] = {
    "accepted": Notice(
        ("您的授权已被接受", "Your delegation was accepted"),
        (
            "{because}接受了您的授权，可以在授权的范围和期限内代您办事。您可以随时终止。",
            "{because} accepted and can act for you, as far as you said. You can end it at any time.",
        ),
    ),
    "declined": Notice(
        ("您的授权邀请被谢绝", "Your invitation was declined"),
        ("{because}谢绝了您的授权邀请。", "{because} declined to act for you."),
    ),
    "ended": Notice(
        ("一项授权已终止", "A delegation ended"),
        (
            "{because}不再代您办事：授权已经终止，即时生效。",
            "{because} no longer acts for you: the delegation ended, with immediate effect.",
        ),
    ),
}
