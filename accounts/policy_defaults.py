"""Version 1 of every district's policy. "source" names a published rule; what is not marked so is an assumption."""

from collections.abc import Mapping
from typing import Any


def _all(severity: str) -> dict[str, str]:
    return {"high": severity, "key": severity, "general": severity}


_LADDER = ["village", "township_specialist", "township_leader", "district"]

DEFAULT: Mapping[str, Any] = {
    "visits": {
        # source: 7 days for high risk, a provincial opinion of 2022; 30 days for all others, Anhui and Qinghai 2022,
        # 民发〔2022〕73号
        "interval": {"high": "7d", "key": "30d", "general": "30d"},
        "opens_before": {"high": "3d", "key": "7d", "general": "7d"},
        "grace": {"high": "0d", "key": "3d", "general": "3d"},
        "laid_ahead": "60d",
        "remote_one_in": 2,
        "after_major_change": "24h",  # source
        "extra_after_warning": "24h",  # the visit: source; the number is not
        # "The same day" for all but high risk, written as a length.
        "unanswered": {
            "again_within": {"high": "2h", "key": "12h", "general": "12h"},
            "then": ["phone", "keyholder", "police"],
        },
    },
    "risks": {
        "elder_from_age": 80,
        "minor_below_age": 18,
        # source: the same provincial opinion of 2022
        "high": ["elder_alone", "full_care", "dementia", "serious_illness", "minor"],
        "key": ["elder", "living_alone", "partial_care", "severe_disability"],
    },
    "curtain": {
        "morning": "07:00-09:00",  # source
        "evening": "18:00-21:30",
        "winter_from_month": 11,
        "winter_to_month": 2,
        "winter_morning": "07:30-09:30",
        "winter_evening": "17:00-21:00",
        "first_check": "30min",
        "second_person": "15min",
        "emergency": "15min",
        "link_valid": "180d",
        "kept": "92d",
    },
    "sensors": {
        "water_within": "12h",  # source: 0.01 m³ in 12 hours
        "water_litres_below": 10,
        "electricity_within": "12h",
        "electricity_watt_hours_below": 50,
        "door_unopened_for": "24h",  # source
        "silent_after": "6h",
    },
    "alerts": {
        "ladder": {"critical": _LADDER, "serious": _LADDER, "general": _LADDER},
        "acknowledge": {"critical": "10min", "serious": "2h", "general": "1wd"},
        "repeat_last": {"critical": "10min", "serious": "2h", "general": "1wd"},
        "resolve": {"critical": "1h", "serious": "24h", "general": "5wd"},
        "acknowledgement_expires": {"high": "4h", "key": "24h", "general": "24h"},
        "pause_at_most": {"critical": "24h", "serious": "3d", "general": "7d"},
        "messaging": "08:00-20:00",
        "roster_gap_ahead": "3d",
        "severity": {
            "visit_missed": {"high": "serious", "key": "general", "general": "general"},
            "not_met": {"high": "critical", "key": "serious", "general": "general"},
            "no_contact": {"high": "critical", "key": "serious", "general": "serious"},
            "uncovered": _all("critical"),
            "abuse_suspected": _all("critical"),
            "urgent_need": {"high": "critical", "key": "serious", "general": "serious"},
            "return_check": {"high": "serious", "key": "general", "general": "general"},
            "identity_not_confirmed": {"high": "serious", "key": "general", "general": "general"},
            "daily_check_anomaly": {"high": "critical", "key": "critical", "general": "serious"},
            "daily_check_not_observed": {"high": "serious", "key": "general", "general": "general"},
            "rectification_overdue": {"high": "serious", "key": "serious", "general": "general"},
            "replacement_undecided": _all("serious"),
            "hazard_unattended": {"high": "serious", "key": "serious", "general": "general"},
            "statement_unheard": _all("general"),
            "verification_overdue": {"high": "serious", "key": "serious", "general": "general"},
            "decision_flagged": _all("serious"),
            "handover_overdue": _all("general"),
            "temporary_care_ending": {"high": "serious", "key": "serious", "general": "general"},
            "agreement_ending": _all("general"),
            "assessment_overdue": _all("general"),
            "objection_overdue": _all("general"),
            "visit_doubted": {"high": "serious", "key": "serious", "general": "general"},
            "call_back_overdue": _all("general"),
            "lead_overdue": {"high": "serious", "key": "general", "general": "general"},
            "report_conflict": _all("general"),
            "late_entry": _all("general"),
            "phone_silent": {"high": "serious", "key": "general", "general": "general"},
            "sensor_silent": _all("general"),
            "roster_gap": _all("serious"),
            "quarantined": {"high": "critical", "key": "serious", "general": "serious"},
            "sweep_stalled": _all("critical"),
            "canary": _all("general"),
        },
    },
    "absences": {
        "longest": "30d",
        "return_check_within": {"high": "24h", "key": "3d", "general": "3d"},
    },
    "leads": {
        "data_warning_dispersed": "3wd",
        "data_warning_others": "5wd",
        "urgent_relief_help": "24h",  # source: one county
        "urgent_relief_papers": "5wd",  # source: one county
    },
    "eligibility": {
        "ability_reassessment": "10wd",  # source
        "end_notice": "7d",  # source
        "stops_after_months": 1,  # source
        "objection": "15wd",  # source
    },
    "rectification": {
        "deadline": {"critical": "0d", "serious": "3d", "general": "7d"},  # "at once" for life safety: source
        "verify_within": {"critical": "24h", "serious": "3d", "general": "3d"},
        "order_within": {"critical": "2h", "serious": "1wd", "general": "5wd"},
        "statement_within": {"critical": "24h", "serious": "2d", "general": "3d"},
        "statement_heard_within": "2wd",
        "extension_at_most": {"critical": "0d", "serious": "3d", "general": "7d"},
    },
    "replacement": {
        # "repeated" and "serious": source; the numbers are not
        "failed_cycles": 2,
        "within_months": 12,
        "critical_hazards": 1,
        "on_abuse": True,
        "decision": "3wd",
        "hearing_notice": "24h",
        "handover_within": "7d",
        "temporary_care_at_most": "30d",
        "temporary_care_warns_before": "5d",
        "uncovered_at_most": "0d",
        "barred_months": 24,
        "barred_for_ever_by_law": True,  # source: 未成年人保护法
    },
    "agreements": {"term_months": 12, "renewal_review_before": "30d"},
    "caregivers": {
        "attendance_per_week": 2,  # source: one county
        "attendance_per_week_ill_or_full": 7,  # source: one county
        "assessed_every_months": 3,
        "weights": {"recipient": 40, "neighbours": 20, "visits": 30, "records": 10},  # what is asked: source
        "qualified_from": 60,
        "assessed_within": "15d",
        "neighbours_asked_at_least": 2,
        "minor_check_valid_months": 12,
        "recipients_per_person": 3,
        "recipients_per_person_full_care": 1,
        "recipients_per_provider_staff": 20,
        "households_per_volunteer": 5,
    },
    "fees": {
        "nursing_partial_yuan": 400,  # source: Tianjin, year not given
        "nursing_full_yuan": 800,  # source: Tianjin, year not given
        "withheld_while_unqualified": True,  # principle: source
        "objection_possible": True,
        "objection_within": "5wd",
        "objection_decided_within": "5wd",
    },
    "sampling": {"percent_of_visits": 5, "every_complaint": True, "flags_from": 3, "call_back_within": "5wd"},
    "doorstep": {"around": "10min", "failures_per_visit": 5, "failures_per_day": 10},
    "doubts": {
        "visits_a_day": 20,
        "between_homes": "3min",
        "between_villages": "8min",
        "shortest": "3min",
        "batch_of": 10,
        "batch_within": "30min",
        "backdated": "24h",
        "always_normal_for": "120d",
        "accounts_per_phone": 2,
    },
    "late_entry": {"marked_after": "24h", "confirmed_after": "72h"},
    "retention": {"visits_and_agreements_years": 5, "grave_years": 10, "logs_years": 3},
    "phones": {"pulled_ahead": "7d", "silent_after": "24h", "unsent_after": "24h"},
    "devices": {"phone_session": "90d", "office_session": "12h", "activation_code": "24h"},
    "evidence": {"photo": False, "position": False, "necessity": ""},
}
