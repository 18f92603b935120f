"""Values as people print them: dates, amounts, currencies, numbers with a check digit. Text in, typed values with their place out.

Pure functions on strings; positions are indices into the text that was given.
"""
