"""The Compare page: one photo through several quantizers, stage by stage.

settings, choice, plan, link, scores and csv_file know nothing of Streamlit; session is what the page remembers, view what one
run shows, and the other modules draw a part each.
"""
