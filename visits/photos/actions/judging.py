"""Looking at a whole photo, off the event loop and one at a time: a picture takes memory and a second."""

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor

from core.clock import LOCAL
from visits.photos.picture import NotAPhoto, Picture, made_anew
from visits.photos.sending import Reason

# A thread of its own rather than a lock before the common pool: a request given up half-way would free its place while
# its thread still computes.
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="photo")


async def judged(content: bytes, sha256: bytes) -> Picture | Reason:
    """The picture to keep, or why there is none."""
    return await asyncio.get_running_loop().run_in_executor(_thread, _judged, content, sha256)


def _judged(content: bytes, sha256: bytes) -> Picture | Reason:
    if hashlib.sha256(content).digest() != sha256:
        return "wrong_sum"
    try:
        return made_anew(content, zone=LOCAL)
    except NotAPhoto as found:
        return found.fault
