"""How things look and read: one colour, marker and name per method; one rule per kind of number."""
