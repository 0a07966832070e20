"""How good is a picture, and how sure is a mean of such scores?"""
