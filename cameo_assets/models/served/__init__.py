"""What asks a server for answers, over the chat interface that OpenAI made common.

`body` writes a request, `clip` the recording in it, `reply` reads what comes back, and `faults` says in one
table what each fault means: another try, an error of that utterance, or the end. `pacing` decides how many
requests are under way, `client` asks with patience, `crew` asks about many at once, and `background` lets all
that run beside a plain iterator.

Only the engine `openai` imports these modules, inside functions.
"""
