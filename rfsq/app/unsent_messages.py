"""What Streamlit has drawn and not sent yet when it draws a part of a page (`st.fragment`) anew. It then takes from the queue what
was drawn of this part, but leaves what the queue does not know to belong to it: parts inside of it, and elements that the browser
has, of which a reference is sent. The browser gets children without the blocks that they stand in, throws "Bad delta path index"
or "Cannot set a node at a delta path", and stays as it was.
"""

from __future__ import annotations

from functools import wraps

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue


def keep_unsent_messages() -> None:
    """Have Streamlit send all that was drawn before a part is drawn anew, in its order, as it does when the network is quick.
    Runs of a whole page drop what was not sent, as before."""
    clear = ForwardMsgQueue.clear

    @wraps(clear)
    def clear_for_pages(
        self: ForwardMsgQueue, retain_lifecycle_msgs: bool = False, fragment_ids_this_run: list[str] | None = None
    ) -> None:
        if fragment_ids_this_run is None:
            clear(self, retain_lifecycle_msgs)
        else:
            self._delta_index_map = {}  # what comes now takes no earlier message's place

    ForwardMsgQueue.clear = clear_for_pages  # type: ignore[method-assign]
