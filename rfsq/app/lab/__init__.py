"""The Lab: quantizers at work on samples in two dimensions.

settings and lesson know nothing of Streamlit; runs computes, session is what the page remembers, plane, factors and steps
mount what runs in the browser.
"""
