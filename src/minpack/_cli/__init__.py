"""The command line: ``minpack data.csv "a*exp(-b*x)+c" --p0 a=1,b=1,c=0``."""
