"""What is wrong and why: validate, reconcile, explain."""
