"""The program for Windows, installed by its setup and used as a user does, under Wine (`make test-windows`).

Wine is not Windows: what is shown here is that the program asks Windows for the right things.
"""
