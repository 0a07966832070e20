"""The pages of the app, in the order of the menu."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from rfsq.app.compare.page import compare_page
from rfsq.app.compare.session import COMPARE_PAGE
from rfsq.app.how_it_works.page import how_it_works_page
from rfsq.app.lab.page import lab_page
from rfsq.app.rate_distortion.page import rate_distortion_page
from rfsq.app.results.page import results_page
from rfsq.app.train.page import train_page


def pages() -> list[StreamlitPage]:
    """All pages; the Compare page is also kept for other pages to switch to."""
    compare = st.Page(compare_page, title="Compare", icon="🔍", url_path="compare", default=True)
    st.session_state[COMPARE_PAGE] = compare
    return [
        compare,
        st.Page(how_it_works_page, title="How it works", icon="🔬", url_path="how-it-works"),
        st.Page(results_page, title="Results", icon="📊", url_path="results"),
        st.Page(rate_distortion_page, title="Rate–distortion", icon="📉", url_path="rate-distortion"),
        st.Page(lab_page, title="Lab", icon="🧪", url_path="lab"),
        st.Page(train_page, title="Train your own", icon="🏋️", url_path="train"),
    ]
