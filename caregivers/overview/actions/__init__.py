"""What a supervisor does with what they see: takes the figures home, which the journal is told first."""

from caregivers.overview.actions.exporting import export_figures

__all__ = ["export_figures"]
