"""What every slice is made of; it knows nothing of customers."""
