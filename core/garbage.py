"""Python's search for circular garbage, told how a process of ours lives."""

import gc

_NEW_OBJECTS = 50_000
_YOUNG_PASSES, _OLD_PASSES = 20, 100


def look_less_often() -> None:
    """Call once, when everything is loaded: it stays, and is never searched again.

    A sweep or an import makes hundreds of thousands of objects that all live until it ends. By Python's own measure
    they are searched after every 700 and often as a whole: a third of a sweep's time, to find nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, _YOUNG_PASSES, _OLD_PASSES)
