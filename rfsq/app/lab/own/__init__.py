"""The part "Own quantizers": the cells of a quantizer that the process was started with, in the plane.

settings knows nothing of Streamlit; planes asks the quantizer, session is what the part remembers.
"""
