"""Networks of few bits that are not in the zoo: measured as they were trained and with stacks fitted afterwards, and what that says."""
