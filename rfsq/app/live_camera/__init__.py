"""The page "Live camera": frames travel over a route of their own, and the page itself is not drawn again for them.

`stream` talks to one browser, `line` says who may, `frames` reads a message and makes its answer, `ready` has the models.
In the browser, `live.js` is the page's part; what it shows and sends is in the modules beside it.
"""
