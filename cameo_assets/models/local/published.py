"""What the Hub says of a repository, without downloading it."""

from __future__ import annotations

from typing import Final

import msgspec

from cameo_assets.models.local.repository import hub_faults, token

_SECONDS: Final = 30.0


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """A repository at one commit.

    Attributes:
        commit: 40 hex digits.
        gated: Whether its licence has to be accepted on its page.
        allowed: Whether it can be downloaded from here, with the token that is set, if any.
    """

    commit: str
    gated: bool
    allowed: bool


def look_up(repository: str, revision: str = "") -> Published:
    """Asks the Hub for a commit of a repository.

    Args:
        repository: `owner/name`.
        revision: A commit; empty for the newest.

    Raises:
        BadInput: There is no such repository or commit, or none that is open to us.
        repository.Unreachable: The Hub gave no answer.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import GatedRepoError

    hub = HfApi(token=token())
    with hub_faults(repository, repository, revision):
        found = hub.model_info(repository, revision=revision or None, timeout=_SECONDS)
        allowed = True
        if found.gated:
            try:
                hub.auth_check(repository)
            except GatedRepoError:
                allowed = False
    return Published(commit=str(found.sha), gated=bool(found.gated), allowed=allowed)
