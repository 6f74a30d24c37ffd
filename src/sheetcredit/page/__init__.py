"""The page `tinh-hinh.html`: the state of a period for people, in one file that needs no network."""
