"""What is said and written to people. Pure: facts in, sentences out, in Japanese ("ja") and English ("en").

A spoken text is heard once, perhaps half asleep: what happened and where come first, one thought per sentence, figures
as people say them. What goes to workers names the place and never the resident: a lock screen is read by anybody, a
voicemail heard. Who lives there stands behind the link and on the screen.
"""
