"""The tests mirror the packages; support/ holds the real parts they run against."""
