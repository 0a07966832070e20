"""The Lab's design desk: level sets for a target of bits, and ways to cut a channel into levels, on a photo's latents.

settings knows nothing of Streamlit; session is what the part remembers, level_sets and grids draw its two halves,
level_table mounts what runs in the browser.
"""
