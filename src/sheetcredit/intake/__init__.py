"""What arrives from below: workbooks in folders, mails and archives, and which version counts."""
