"""States that pass: what is on its way, and until when. The rules that use them stand in the files of their services."""

from .clock import clock


def mark(call, kind, name, state, due):
    """Something is in a state until its time has come. Gives the state, for the reply to the call that began it: AWS
    shows it there, however soon it is over.
    """
    call.store(f"states.{kind}")[name] = (due, state)
    return state


def state(call, kind, name):
    """The passing state, or None when it is over."""
    marks = call.store(f"states.{kind}")
    entry = marks.get(name)
    if entry is None:
        return None
    if clock.past(entry[0]):
        marks.pop(name, None)
        return None
    return entry[1]


def forget(call, kind, name):
    call.store(f"states.{kind}").pop(name, None)
