"""Actions: points for what is no purchase, such as a survey, a filled profile, a visit."""
