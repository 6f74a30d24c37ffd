"""What goes to the branch and comes back: seal, keys, mail, outbox, receipt."""
