"""What do people learn with? Two dimensions without a trained model, exercises and notebook widgets."""
