"""Networks trained with other perceptual terms than the zoo's, and what that says."""
