"""Why a run failed, in words for its owner: what happened, what was kept, what to do.

They are stored in English, and read back to be shown in the language of a page.
"""

from __future__ import annotations

from survey.core.i18n import N_, gettext

CRASHED_TOO_OFTEN = N_(
    "The worker stopped three times while it did this analysis: the machine may have too little memory for it. Every "
    "answer is kept, and the last result is still shown. The worker's log says more; ask for the run again when this "
    "is mended."
)
NOT_READY = N_("%(error)s Answers are still collected; ask for the run again when this is mended.")
"""What is not ready (the model, the codebook) says why in its own words, which stay English as in the worker's log"""
NO_MEMORY = N_("The machine ran out of memory. Every answer is kept. Give it more memory and ask for the run again.")
NO_DATABASE = N_("The database could not be reached or was busy. Every answer is kept. Ask for the run again.")
UNKNOWN = N_(
    "The analysis stopped on an error it does not know (%(error)s). Every answer is kept. Ask for the run again; if it "
    "stops again, the worker's log says where."
)
WITH_ERROR = (NOT_READY, UNKNOWN)


def in_words(stored: str) -> str:
    """Return a stored failure in the language of this page; one that is not of this module as it is."""
    for message in WITH_ERROR:
        before, after = message.split("%(error)s")
        if stored.startswith(before) and stored.endswith(after):
            return gettext(message, error=stored[len(before) : len(stored) - len(after)])
    return gettext(stored)
