"""RFSQ Lab in the browser: `streamlit run app.py`. The pages are in rfsq/app/pages.py, own routes in rfsq/app/routes.py."""

import streamlit as st
from starlette.middleware import Middleware

from rfsq.app.page_changes import PageChanges
from rfsq.app.routes import SCRIPT, routes
from rfsq.app.run_order import keep_runs_in_order
from rfsq.app.unsent_messages import keep_unsent_messages
from rfsq.app.upload_limit import UploadLimit
from rfsq.machine.torch_caches import bound_caches

bound_caches()
keep_unsent_messages()
keep_runs_in_order()
app = st.App(SCRIPT, routes=routes(), middleware=[Middleware(UploadLimit), Middleware(PageChanges)])
