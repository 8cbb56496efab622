"""A first plant file for a plant nobody has described yet, from what is found at its database."""
