"""Options of a few corpora of CAMEO."""

BASIC = ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")
RESD = ("anger", "disgust", "enthusiasm", "fear", "happiness", "neutral", "sadness")
PAVOQUE = ("anger", "happiness", "neutral", "poker", "sadness")
RAVDESS = ("anger", "calm", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")
