"""Takes guards out of a copy of the code, one at a time, and looks whether the test that is named for each fails."""
