"""A house that takes its time: says that it is being loaded and goes on until it is broken off."""

import threading

print("loading the house", flush=True)
threading.Event().wait()
