"""Every SELECT and UPDATE of photos and their parts."""

from visits.photos.queries.reading import photos_of

__all__ = ["photos_of"]
