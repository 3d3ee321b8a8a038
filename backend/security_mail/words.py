"""What is said of each security event, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from backend.identity.events import SecurityEvent
from backend.notices.kinds import Language

_E = SecurityEvent
EVENTS: Final[Mapping[SecurityEvent, Mapping[Language, str]]] = {
    event: {Language.EN: english, Language.ZH: chinese}
    for event, english, chinese in (
        (_E.PASSWORD_CHANGED, "your password was changed.", "您的密码已更改。"),
        (_E.PASSWORD_SET_BY_LINK, "your password was set by a link.", "您的密码已通过链接设置。"),
        (_E.APP_ADDED, "an authenticator app was added to your account.", "您的账户已添加身份验证器应用。"),
        (_E.APP_REMOVED, "the authenticator app was removed from your account.", "您的账户已移除身份验证器应用。"),
        (_E.CODES_RENEWED, "new recovery codes were made, the old ones are void.", "已生成新的恢复码，旧码作废。"),
        (_E.PASSKEY_ADDED, "a passkey was added to your account.", "您的账户已添加通行密钥。"),
        (_E.PASSKEY_REMOVED, "a passkey was removed from your account.", "您的账户已移除一个通行密钥。"),
        (_E.WALLET_LINKED, "a wallet was linked to your account.", "您的账户已绑定钱包。"),
        (_E.WALLET_UNLINKED, "a wallet was taken off your account.", "您的账户已解绑钱包。"),
        (
            _E.PROVIDER_LINKED, "you signed in by the insurer's provider for the first time.",
            "您首次通过保险公司的身份提供方登录。",
        ),
        (_E.API_KEY_MADE, "you made a key for a machine.", "您创建了一个机器密钥。"),
        (
            _E.ACCOUNT_RECOVERED, "your second factors were removed by an administrator, and a link was made.",
            "管理员已移除您的第二因素，并生成了新的登录链接。",
        ),
    )
}  # fmt: skip
_WHAT_TO_DO: Final[Mapping[Language, str]] = {
    Language.EN: 'set a new password by the page\'s "forgot password", end all sessions, and tell us at once.',
    Language.ZH: "请通过页面“忘记密码”重设密码，结束全部会话，并立即联系我们。",
}
_WHEN_RECOVERED: Final[Mapping[Language, str]] = {
    Language.EN: "tell us at once. Until the link that was made is used, nobody can sign in to your account.",
    Language.ZH: "请立即联系我们。在所生成的链接被使用之前，任何人都无法登录您的账户。",
}


def what_to_do(event: SecurityEvent) -> Mapping[Language, str]:
    """For whoever did not do it. Of a recovered account no mailed link sets the password."""
    return _WHEN_RECOVERED if event is _E.ACCOUNT_RECOVERED else _WHAT_TO_DO
