"""The Lab: quantizers at work, in parts with a switch between them, each a question of its own.

page draws the head and the part that is open, parts names them, switch says which is open. The part "Stages on the plane"
is in this folder: settings and lesson know nothing of Streamlit, runs computes, session is what it remembers, plane,
factors and steps mount what runs in the browser. Other parts have a folder each.
"""
