"""The page "Train your own": a small model learns on a few photos.

runs trains in a thread beside the app, one run at a time; session is what the page remembers, recorded a run to begin with.
"""
