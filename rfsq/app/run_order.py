"""Runs of a session, one after the other. Streamlit starts the run of another page beside the one before, and the end of that one
changes what both share: it takes away parts (`st.fragment`) that the next page has just registered, whose controls are not heard
then. `runner.fastReruns = false` in .streamlit/config.toml has them wait for each other; what Streamlit lacks for it is here.
"""

from __future__ import annotations

from functools import wraps
from typing import Any, Final

from streamlit.delta_generator_singletons import context_dg_stack, get_default_dg_stack_value
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner import RerunData
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext

_UNTIL_NEXT_LOOK_S: Final = 0.002  # a runner that takes no more requests ends within about that


def keep_runs_in_order() -> None:
    """Have a run begin at the top of the page, and when all that was drawn before it is on its way to the browser."""
    _begin_at_the_top()
    _begin_after_the_last_message()


def _begin_at_the_top() -> None:
    """A page that is drawn by the thread that has drawn a part is not drawn into the place of that part."""
    reset = ScriptRunContext.reset

    @wraps(reset)
    def reset_place_too(self: ScriptRunContext, *args: Any, **options: Any) -> None:
        context_dg_stack.set(get_default_dg_stack_value())
        reset(self, *args, **options)

    ScriptRunContext.reset = reset_place_too  # type: ignore[method-assign]


def _begin_after_the_last_message() -> None:
    """What is asked for as a run ends begins when the session has heard of the end: of a runner that another one has followed,
    it ignores what it had not read yet (github.com/streamlit/streamlit/issues/9921)."""
    create = AppSession._create_scriptrunner

    @wraps(create)
    def create_after_the_last(self: AppSession, initial_rerun_data: RerunData) -> None:
        if self._state == AppSessionState.SHUTDOWN_REQUESTED:
            return
        if self._scriptrunner is None:
            create(self, initial_rerun_data)
        elif not self._scriptrunner.request_rerun(initial_rerun_data):
            self._event_loop.call_later(_UNTIL_NEXT_LOOK_S, self._create_scriptrunner, initial_rerun_data)

    AppSession._create_scriptrunner = create_after_the_last  # type: ignore[method-assign]
