"""Signatures: whose, how, recorded by whom. The last one puts the agreement into force."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import get_args
from uuid import UUID

from accounts.permissions import Account, Role
from caregivers.agreements.refusals import AlreadySigned, NotYoursToSign, SignatureWrong
from caregivers.agreements.speaking import Ability, refuse_speaker
from caregivers.agreements.words import PARTY_NAMES, Capacity, How, Party

PARTIES: tuple[Party, ...] = get_args(Party)
"""Who must have signed before an agreement is in force."""

_SIGNS_FOR: dict[Party, frozenset[Role]] = {
    "township": frozenset({Role.TOWNSHIP_SPECIALIST, Role.TOWNSHIP_LEADER}),
    "village": frozenset({Role.WORKER}),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class NewSignature:
    """A signature as it is given. `signer_name` is who held the pen; on a fingerprint `witness` says who saw it."""

    party: Party
    how: How
    signer_name: str
    signed_on: date
    capacity: Capacity = "self"
    capacity_reason: str | None = None
    witness: str | None = None


def complete(signed: Collection[str]) -> bool:
    """Whether every party has signed."""
    return set(PARTIES) <= set(signed)


def refuse_signature(
    new: NewSignature,
    *,
    signed: Collection[str],
    ability: Ability | None,
    caregiver_account: UUID | None,
    by: Account,
    today: date,
) -> None:
    """Refuse what is no signature of this party. `ability` is the recipient's; only their own signature asks for it."""
    _refuse_hand(new, caregiver_account=caregiver_account, by=by)
    if new.party in signed:
        raise AlreadySigned(f"{PARTY_NAMES[new.party]}已经签过字。请刷新后查看。")
    if new.signed_on > today:
        raise SignatureWrong("签字日期在今天之后。请核对日期。", field="/signed_on")
    if not new.signer_name.strip():
        raise SignatureWrong("请写明签字人姓名。", field="/signer_name")
    if new.how == "fingerprint" and not (new.witness or "").strip():
        raise SignatureWrong("按手印的，请写明见证人。", field="/witness")
    if new.party == "recipient":
        if ability is None:
            raise NotYoursToSign
        refuse_speaker(ability, new.capacity, new.capacity_reason, field="/capacity")
    elif new.party == "caregiver" and new.capacity != "self":
        raise SignatureWrong("照料人须本人签字，不能由他人代签。", field="/capacity")
    elif new.capacity == "guardian":
        raise SignatureWrong("只有救助对象才由监护人签字。请更正签字身份。", field="/capacity")
    elif new.capacity != "self" and not (new.capacity_reason or "").strip():
        raise SignatureWrong("代签的，请写明原因。", field="/capacity_reason")


def _refuse_hand(new: NewSignature, *, caregiver_account: UUID | None, by: Account) -> None:
    """Electronically everybody signs for themselves alone; what was signed on paper a specialist puts in."""
    if new.how != "electronic":
        if not by.may("agreement.edit"):
            raise NotYoursToSign
        return
    own = by.id == caregiver_account if new.party == "caregiver" else by.role in _SIGNS_FOR.get(new.party, ())
    if not own or new.capacity != "self":
        raise NotYoursToSign(field="/how")
