"""The page "How it works": one token of the photo, with every number on its way through the stages.

models, settings and lesson know nothing of Streamlit; paths computes, payload packs what the browser needs for all tokens at
once, explorer is the part that runs in the browser, session is what the page remembers.
"""
