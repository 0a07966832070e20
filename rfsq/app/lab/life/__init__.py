"""The Lab's part "Codebook life": how codebooks learn, played.

settings and lesson know nothing of Streamlit; lives computes, session is what the part remembers, film mounts what runs
in the browser.
"""
