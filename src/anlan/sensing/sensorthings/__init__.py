"""OGC SensorThings API 1.1, sensing profile: what is measured, in the words of the standard. Mounted at ``/sta/v1.1/``.

`addresses` and `options` read what was asked, `grammar` reads expressions, `entities` says which rows stand behind an entity
set, `compiling` turns expressions into SQL and `columns` into numpy, `answering` finds and `rendering` writes the answer,
`writing` calls the services of sensing. Nothing is stored here.
"""
