"""Files of low rates: models and stacks for them, where they are ahead of other formats, and how sure that is."""
