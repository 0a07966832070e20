"""Talks: scenes of the app's own pages on the whole screen, led by digits or a clicker.

A scene is the link of a view; its page draws itself for a room when the link says so (`rfsq.app.shared.talk_view`). The list
of scenes is kept, checked and shown by the browser: talk.js and what it imports.
"""
