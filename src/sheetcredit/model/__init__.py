"""The words everything else is said in: money, period, finding, text. Imports nothing of ours."""
