"""What the Hub says of a repository, without downloading it.

The token comes from the environment alone (`HF_TOKEN`), as huggingface_hub reads it.
"""

from __future__ import annotations

from typing import Final

import msgspec

from cameo_assets.errors import BadInput

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


class HubUnreachableError(RuntimeError):
    """The Hub gave no answer, which may pass."""


def look_up(repository: str, revision: str = "") -> Published:
    """Asks the Hub for a commit of a repository.

    Args:
        repository: `owner/name`.
        revision: A commit; empty for the newest.

    Raises:
        BadInput: There is no such repository or commit, or none that the token may see.
        HubUnreachableError: The Hub gave no answer.
    """
    import httpx2
    from huggingface_hub import HfApi
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

    hub = HfApi()
    try:
        found = hub.model_info(repository, revision=revision or None, timeout=_SECONDS)
        allowed = True
        if found.gated:
            try:
                hub.auth_check(repository)
            except GatedRepoError:
                allowed = False
    except RevisionNotFoundError as fault:
        raise BadInput(
            repository, "unknown_revision", repr(revision), "a commit of this repository on the Hub"
        ) from fault
    except RepositoryNotFoundError as fault:
        raise BadInput(
            repository,
            "unknown_repository",
            "no such repository on the Hub, or a private one",
            "owner/name of a model on the Hub; for a private one, a token in HF_TOKEN",
        ) from fault
    except (OSError, httpx2.HTTPError) as fault:  # refused, timed out, offline, or a fault of the server
        raise HubUnreachableError(f"the Hub gave no answer about {repository}: {fault}") from fault
    return Published(commit=str(found.sha), gated=bool(found.gated), allowed=allowed)
