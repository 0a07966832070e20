"""The page "Doctor": what is wrong with the tensors that a quantizer left behind, line by line and as pictures."""
