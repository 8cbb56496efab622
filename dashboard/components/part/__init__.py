"""What the page of one part is made of."""
