"""The words policy speaks in: risk, severity, marks; and rows that hold one value for each risk or severity."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Generic, TypeVar

T = TypeVar("T")


class Risk(StrEnum):
    """How exposed a recipient is, highest first."""

    HIGH = "high"
    KEY = "key"
    GENERAL = "general"


class Severity(StrEnum):
    """How grave an alert or a hazard is, gravest first."""

    CRITICAL = "critical"
    SERIOUS = "serious"
    GENERAL = "general"


class RiskMark(StrEnum):
    """What about a person can make them high risk or a key recipient."""

    ELDER_ALONE = "elder_alone"
    ELDER = "elder"
    LIVING_ALONE = "living_alone"
    FULL_CARE = "full_care"
    PARTIAL_CARE = "partial_care"
    DEMENTIA = "dementia"
    SERIOUS_ILLNESS = "serious_illness"
    SEVERE_DISABILITY = "severe_disability"
    MINOR = "minor"


class UnansweredStep(StrEnum):
    """What is tried at an unanswered door, after coming again."""

    PHONE = "phone"
    KEYHOLDER = "keyholder"
    POLICE = "police"


RISK_NAMES: Mapping[Risk, str] = {Risk.HIGH: "高风险", Risk.KEY: "重点", Risk.GENERAL: "一般"}
SEVERITY_NAMES: Mapping[Severity, str] = {Severity.CRITICAL: "危急", Severity.SERIOUS: "严重", Severity.GENERAL: "一般"}


@dataclass(frozen=True, kw_only=True, slots=True)
class ByRisk(Generic[T]):
    """One value for each risk: `row[Risk.HIGH]` or `row["high"]`."""

    high: Annotated[T, "高风险"]
    key: Annotated[T, "重点"]
    general: Annotated[T, "一般"]

    def __getitem__(self, risk: str) -> T:
        return {Risk.HIGH: self.high, Risk.KEY: self.key, Risk.GENERAL: self.general}[Risk(risk)]


@dataclass(frozen=True, kw_only=True, slots=True)
class BySeverity(Generic[T]):
    """One value for each severity: `row[Severity.CRITICAL]` or `row["critical"]`."""

    critical: Annotated[T, "危急"]
    serious: Annotated[T, "严重"]
    general: Annotated[T, "一般"]

    def __getitem__(self, severity: str) -> T:
        named = {Severity.CRITICAL: self.critical, Severity.SERIOUS: self.serious, Severity.GENERAL: self.general}
        return named[Severity(severity)]


def gravest(row: ByRisk[Severity]) -> Severity:
    """The gravest severity in a row: what counts when no person's risk is known."""
    return min((row.high, row.key, row.general), key=list(Severity).index)
