"""What do the numbers say? Scores over photos, the zoo's results, and the sentences that follow from them."""
